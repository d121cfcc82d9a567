"""Files of the Hugging Face hub: from its cache, else fetched. Needs the extra 'train'."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import huggingface_hub


def fetch(hub_id: str, patterns: Sequence[str]) -> Path | None:
    """Return the folder of the hub's cache that has the files, fetching them where it has none; None where it cannot.

    Parameters
    ----------
    hub_id : str
        ``owner/name``.
    patterns : sequence of str
        Names of the files that are wanted.
    """
    for is_local in (True, False):
        try:
            found = huggingface_hub.snapshot_download(hub_id, allow_patterns=list(patterns), local_files_only=is_local)
        except Exception:  # noqa: BLE001, S112  the client raises its own, httpx's and the system's
            continue
        return Path(found)
    return None
