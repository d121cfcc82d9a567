"""The zoo: networks by name and version, their weights verified before they run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from models import manifest as manifests
from models.inference import Network, open_network
from models.manifest import WEIGHTS_FILE, Manifest
from warehouse import runs
from warehouse.errors import ConfigError, SourceError

ZOO = Path(__file__).resolve().parent / "zoo"


def list_models(zoo: Path = ZOO) -> list[Manifest]:
    """Return the manifest of the newest version of each network, by name."""
    newest: dict[str, Manifest] = {}
    for folder in _folders(zoo):
        newest[folder.parent.name] = manifests.read(folder)
    return list(newest.values())


def load(model: str, *, zoo: Path = ZOO, threads: int = 1) -> tuple[Manifest, Network]:
    """Open a network by ``name`` (its newest version) or ``name@version``.

    Raises
    ------
    ConfigError
        No such network or version.
    SourceError
        Its manifest is not valid, or its weights are not those that the manifest describes.
    """
    folder = _find(model, zoo)
    manifest, path = manifests.read(folder), folder / WEIGHTS_FILE
    if not path.exists() or runs.fingerprint(path) != manifest.weights_sha:
        raise SourceError(
            "the weights are not the ones its manifest describes (sha256 differs)", where=path, fix="Restore the folder"
        )
    network = open_network(path, threads=threads)
    if list(network.findings) != manifest.findings:
        raise SourceError("manifest and weights list different findings", where=folder, fix="Restore the folder")
    return manifest, network


def register(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
    """Put a network version into score.model, in place of an earlier registration; call it inside a transaction."""
    con.execute("delete from score.model where name = ? and version = ?", [manifest.name, manifest.version])
    con.execute(
        """
        insert into score.model by name select
            $name as name, $version as version, $task as task, $input as input, $findings as findings,
            $weights_sha as weights_sha, $manifest as manifest
        """,
        manifest.model_dump(include={"name", "version", "task", "input", "findings", "weights_sha"})
        | {"manifest": manifest.model_dump_json()},
    )


@contextmanager
def new_version(zoo: Path, name: str, version: str) -> Iterator[Path]:
    """Give a folder to fill, which becomes ``<zoo>/<name>/<version>`` once it is complete, in place of one there."""
    folder = zoo / name / version
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as temporary:
        made = Path(temporary) / version
        made.mkdir()
        yield made
        if folder.exists():
            shutil.rmtree(folder)
        made.replace(folder)


def _folders(zoo: Path) -> list[Path]:
    """Return the folders ``<name>/<version>``, by name and then from old to new."""
    found = (path.parent for path in zoo.glob(f"*/*/{manifests.MANIFEST_FILE}"))
    return sorted(found, key=lambda folder: (folder.parent.name, _order(folder.name)))


def _order(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()


def _find(model: str, zoo: Path) -> Path:
    name, _, version = model.partition("@")
    known = _folders(zoo)
    matches = [folder for folder in known if folder.parent.name == name and version in ("", folder.name)]
    if not matches:
        names = ", ".join(f"{folder.parent.name}@{folder.name}" for folder in known) or "none"
        raise ConfigError(f"no network '{model}'", where=zoo, fix=f"Known: {names}")
    return matches[-1]
