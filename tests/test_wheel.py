"""The wheel, installed outside the checkout, works beside a user's own ``models`` and ``app.py``.

Dependencies are those of the environment that runs the tests: the new one finds them on its path and downloads nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.support import ROOT

pytestmark = pytest.mark.slow

UV = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".cache" / "uv" / "bin"))
PACKAGES = ("app", "dbt_project", "models", "nlp", "quality", "warehouse")
Run = Callable[..., subprocess.CompletedProcess[str]]

CASES = """
create schema intermediate;
create table intermediate.int_model_case as select
    'openi' as dataset, 'report_findings' as model, '1.1.0' as version, 'openi_mesh' as labeler, 'edema' as finding,
    i::varchar as item_id, i::varchar as study_id, i::varchar as patient_id, 'frontal' as projection, 'F' as sex,
    '40-59' as age_band, i / 10 as probability, 0.5::double as threshold, i > 4 as is_positive, false as is_in_sample
from range(10) as cases(i)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if UV is None:
        pytest.skip("uv, which builds the wheel, is not on the path nor in .cache/uv")
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [UV, "build", "--wheel", "--out-dir", str(folder), str(ROOT)], capture_output=True, text=True, check=False
    )
    if done.returncode and "hatchling" in done.stderr:
        pytest.skip("hatchling, which builds the wheel, is neither in uv's cache nor to be had from an index")
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment that has the wheel, and finds all else where the tests find it."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [str(UV), "pip", "install", "--quiet", "--offline", "--no-deps", "--python", str(python), str(wheel)],
        check=True,
    )
    (packages,) = folder.glob("lib/python*/site-packages")
    # That puts them on the path, but not what their own .pth files name: the checkout.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


@pytest.fixture(scope="module")
def run(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return what runs a program of that environment in a folder with a package ``models`` and a module ``app``."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "models").mkdir()
    (folder / "models" / "__init__.py").write_text("NAME = 'the models of the user'\n")
    (folder / "app.py").write_text("NAME = 'the app of the user'\n")
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")}

    def run_program(program: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [str(environment / "bin" / program), *arguments]
        return subprocess.run(command, cwd=folder, env=clean | more, capture_output=True, text=True, check=False)

    return run_program


def folder_of(run: Run) -> Path:
    return Path(run("python", "-c", "import os; print(os.getcwd())").stdout.strip())


def test_the_wheel_has_what_the_packages_have(wheel: Path):
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "cxr.py", *PACKAGES],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == set(listed)


def test_it_is_the_wheel_that_runs(run: Run, environment: Path):
    where = run(
        "python", "-P", "-c", "import app, cxr, models; print(app.__file__, cxr.__file__, models.__file__)"
    ).stdout
    assert len(where.split()) == 3
    assert all(path.startswith(str(environment)) for path in where.split())


def test_a_script_has_both_models(run: Run):
    (folder_of(run) / "script.py").write_text(
        "import app, cxr, models\n"
        "print(models.NAME, app.NAME, cxr.label('No edema.').labels['edema'])\n"
        "print(len(cxr.read_sections('Clear.')), cxr.load_scheme().name)\n"
        "try:\n    cxr.load_network('report_findings')\nexcept ImportError as error:\n    print(error)\n"
    )
    for arguments in (["script.py"], ["-m", "script"]):
        done = run("python", *arguments)
        first, second, third = done.stdout.splitlines()
        assert (first, second) == ("the models of the user the app of the user 0", "1 chexpert14"), done.stderr
        hidden = folder_of(run) / "models"
        assert third.startswith(f"{hidden} hides the package 'models' of cxr-warehouse. Rename it, or ")


def test_the_command_works_with_its_workers(run: Run):
    folder = folder_of(run)
    (folder / "reports").mkdir()
    (folder / "reports" / "a.txt").write_text("No edema.")
    done = run(
        "cxr", "label", "--input", "reports", "--output", "labels.csv", CXR_THREADS="2"
    )  # of a folder: processes
    assert done.returncode == 0, done.stderr
    assert (folder / "labels.csv").read_text().splitlines()[1] == "a,1.0,,,,,0.0,,,,,,,,"


def test_the_command_scores(run: Run):
    (folder_of(run) / "reports.csv").write_text("study_id,text\n1,Large left pleural effusion.\n")
    done = run("cxr", "score", "reports", "--input", "reports.csv", "--output", "scores.csv")
    assert done.returncode == 0, done.stderr


def test_the_command_loads_and_builds(run: Run):
    """The gold set is in the package; dbt runs a Python model that imports `models` and a plugin that imports `nlp`."""
    done = run("cxr", "load", "openi-annotation", "--json")
    assert json.loads(done.stdout)["rows"]["annotation.labeled_study"] == 240, done.stderr
    with duckdb.connect(str(folder_of(run) / "warehouse.duckdb")) as con:
        con.execute(CASES)
    done = run("cxr", "build", "--select", "int_model_performance")
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(folder_of(run) / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute("select max(auroc) from intermediate.int_model_performance").fetchone() == (1.0,)


@pytest.mark.parametrize(
    ("program", "arguments", "path"),
    [("cxr", ["status"], {"PYTHONPATH": "."}), ("python", ["-m", "cxr", "status"], {})],
)
def test_a_command_whose_packages_are_hidden_says_so(
    run: Run, program: str, arguments: list[str], path: dict[str, str]
):
    done = run(program, *arguments, **path)
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"cxr: {folder_of(run) / 'app.py'} hides the package 'app' of cxr-warehouse. Rename it, or ")
    assert (done.returncode, done.stdout) == (1, "")
