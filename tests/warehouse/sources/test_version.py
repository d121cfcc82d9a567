"""Which code is part of a load's id: that of the data set, and nothing of its neighbours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import ROOT
from warehouse import runs, sources
from warehouse.sources import loading
from warehouse.sources.dicom import reader_version
from warehouse.sources.version import code_version

FILES = [*(ROOT / "warehouse" / "sources").rglob("*.py"), *(ROOT / "dbt_project" / "seeds").glob("*.csv")]


def changed_by(monkeypatch: pytest.MonkeyPatch, changed: str) -> set[str]:
    """Return the sources whose loads get another id when a file of code or data changes."""

    def versions() -> dict[str, str]:
        loading.loader_version.cache_clear()
        return {
            name: loading.loader_version(source.module, source.seeds) for name, source in sources.all_sources().items()
        }

    assert changed in {path.name for path in FILES}
    before = versions()
    with monkeypatch.context() as patch:
        original = runs.fingerprint
        patch.setattr(runs, "fingerprint", lambda path: "other" if path.name == changed else original(path))
        after = versions()
    loading.loader_version.cache_clear()
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("changed", "loaded_again"),
    [
        ("jsrt.py", {"jsrt"}),
        ("mimic_cxr.py", {"mimic-cxr", "mimic-cxr-jpg"}),
        ("chestxray14.py", {"chestxray14", "google-nih"}),
        ("openi_header.py", {"openi"}),
        ("zipped.py", {"mimic-cxr", "mimic-cxr-jpg"}),
        ("mesh_finding.csv", {"openi", "iu-xray"}),
        ("label_scheme.csv", {"openi-annotation"}),
        ("report_and_image.py", set()),
        ("folder_rows.py", {"cov-ctr", "iu-xray", "jsrt", "montgomery", "shenzhen"}),
    ],
)
def test_a_change_touches_the_loads_that_it_is_about(
    monkeypatch: pytest.MonkeyPatch, changed: str, loaded_again: set[str]
) -> None:
    assert changed_by(monkeypatch, changed) - {"dicom"} == loaded_again


def test_what_all_tables_of_text_share_touches_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    assert changed_by(monkeypatch, "tabular.py") >= {"openi", "chexpert", "mimic-cxr", "brax"}
    assert "jsrt" not in changed_by(monkeypatch, "tabular.py")


@pytest.mark.parametrize("changed", ["elements.py", "values.py", "unusual.py", "dictionary.py", "dicom_header.py"])
def test_headers_are_read_again_when_their_reader_changes(monkeypatch: pytest.MonkeyPatch, changed: str) -> None:
    before, original = reader_version(), runs.fingerprint
    for path, is_other in ((changed, True), ("jsrt.py", False), ("pixels.py", False)):
        reader_version.cache_clear()
        with monkeypatch.context() as patch:
            patch.setattr(runs, "fingerprint", lambda file, path=path: "x" if file.name == path else original(file))
            assert (reader_version() != before) == is_other, path
    reader_version.cache_clear()


def test_a_module_of_a_package_and_what_it_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "invented_package"
    package.mkdir()
    for name, text in {
        "__init__": "", "own": "import json\nfrom invented_package.shared import x\n", "other": "",
        "shared": "from invented_package import deep\nx = 1\n", "deep": "import invented_package.own\n",
    }.items():  # fmt: skip
        (package / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    first = code_version("invented_package.own")
    for name, is_part in (("other", False), ("__init__", False), ("shared", True), ("deep", True), ("own", True)):
        (package / f"{name}.py").open("a").write("# a comment\n")
        second = code_version("invented_package.own")
        assert (second != first) == is_part, name
        first = second
