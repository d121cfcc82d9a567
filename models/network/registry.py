"""The zoos, the user's and the package's: networks by name and version, their weights verified before they run."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from models.network import manifest as manifests
from models.network.inference import Network, open_network
from models.network.manifest import NAME_PATTERN, WEIGHTS_FILE, Manifest
from warehouse import runs
from warehouse.choices import Provider
from warehouse.errors import ConfigError, SourceError

ZOO = Path(__file__).resolve().parent.parent / "zoo"


def list_models(zoo: Path | None = None) -> list[Manifest]:
    """Return the manifest of the newest version of each network, by name.

    Parameters
    ----------
    zoo : Path, optional
        The user's zoo, `Settings.zoo`: a network there hides the package's of that name.
    """
    newest: dict[str, Path] = {}
    for place in reversed(_places(zoo)):
        newest |= {folder.parent.name: folder for folder in _folders(place)}
    return [manifests.read(newest[name]) for name in sorted(newest)]


def find(model: str, *, zoo: Path | None = None) -> Path:
    """Return the folder of a network, ``name`` (its newest version) or ``name@version``.

    The user's zoo is searched first, then the package's.

    Raises
    ------
    ConfigError
        No such network or version; the message lists what there is.
    """
    name, _, version = model.partition("@")
    known = [_folders(place) for place in _places(zoo)]
    for folders in known:
        if matches := [folder for folder in folders if folder.parent.name == name and version in ("", folder.name)]:
            return matches[-1]
    names = dict.fromkeys(f"{folder.parent.name}@{folder.name}" for folders in known for folder in folders)
    raise ConfigError(f"no network '{model}'", where=zoo or "", fix=f"Known: {', '.join(names) or 'none'}")


def load(
    model: str, *, zoo: Path | None = None, threads: int = 1, provider: Provider = "auto"
) -> tuple[Manifest, Network]:
    """Open a network by ``name`` (its newest version) or ``name@version``; see `find`.

    Raises
    ------
    ConfigError
        No such network or version, or the provider cannot be used.
    SourceError
        Its manifest is not valid, or its weights are not those that the manifest describes.
    """
    folder = find(model, zoo=zoo)
    manifest, path = manifests.read(folder), folder / WEIGHTS_FILE
    if not path.exists() or runs.fingerprint(path) != manifest.weights_sha:
        raise SourceError(
            "the weights are not the ones its manifest describes (sha256 differs)", where=path, fix="Restore the folder"
        )
    network = open_network(path, threads=threads, provider=provider)
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


def _places(zoo: Path | None) -> list[Path]:
    return [ZOO] if zoo is None else [zoo, ZOO]


def check_name(name: str) -> None:
    """Raise where a network cannot have a name, before the work that it is for.

    Raises
    ------
    ConfigError
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise ConfigError(f"'{name}' is no name for a network", fix="Use lower-case letters, digits and underscores")


@contextmanager
def new_version(zoo: Path, name: str, version: str) -> Iterator[Path]:
    """Give a folder to fill, which becomes ``<zoo>/<name>/<version>`` once it is complete, in place of one there."""
    target = zoo / name / version
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as temporary:
        made = Path(temporary) / version
        made.mkdir()
        yield made
        if target.exists():
            shutil.rmtree(target)
        made.replace(target)


def _folders(zoo: Path) -> list[Path]:
    """Return the folders ``<name>/<version>``, by name and then from old to new."""
    found = (path.parent for path in zoo.glob(f"*/*/{manifests.MANIFEST_FILE}"))
    return sorted(found, key=lambda folder: (folder.parent.name, _order(folder.name)))


def _order(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()
