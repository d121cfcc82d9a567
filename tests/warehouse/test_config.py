from pathlib import Path

import pytest

from warehouse.config import load_settings
from warehouse.errors import ConfigError


@pytest.fixture
def toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "cxr.toml"
    monkeypatch.setenv("CXR_CONFIG", str(path))
    return path


def test_options_win_over_environment_over_file_over_defaults(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().warehouse == Path("warehouse.duckdb")
    toml.write_text('warehouse = "from-file.duckdb"\nthreads = 3\n')
    assert load_settings().warehouse == Path("from-file.duckdb")
    monkeypatch.setenv("CXR_WAREHOUSE", "from-environment.duckdb")
    assert load_settings().warehouse == Path("from-environment.duckdb")
    assert load_settings(warehouse=Path("from-option.duckdb")).warehouse == Path("from-option.duckdb")
    assert load_settings(warehouse=None).threads == 3


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("threads = 0", "threads"),
        ('threads = "two"', "threads.*whole number"),
        ("threads = true", "threads.*whole number"),
        ("threads = 2.5", "threads.*whole number"),
        ('threads = ""', "threads.*whole number"),
        ("warehouse = 3", "'warehouse' is not usable: not a path. Check cxr.toml and CXR_WAREHOUSE"),
        ('pages = ["a"]', "pages.*not a path"),
        ('zoo = ""', "zoo.*not a path"),
        ("public_data = false", "public_data.*not a path"),
        ("memory_limit = 3", "memory_limit.*a number and a unit"),
        ('memory_limit = ""', "memory_limit.*a number and a unit"),
        ('memory_limit = "much"', "memory_limit"),
        ('colour = "red"', "colour"),
        ("not = [toml", "TOML"),
    ],
)
def test_a_wrong_setting_is_named(toml: Path, text: str, names: str) -> None:
    toml.write_text(text)
    with pytest.raises(ConfigError, match=names) as error:
        load_settings()
    assert "\n" not in str(error.value)


def test_an_empty_path_of_the_environment_is_this_folder(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_PAGES", "")
    assert load_settings().pages == Path()
    monkeypatch.setenv("CXR_THREADS", "")
    with pytest.raises(ConfigError, match="threads"):
        load_settings()
