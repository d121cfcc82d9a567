"""Files of the Hugging Face hub: from its cache, else fetched. Needs the extra 'train'."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import huggingface_hub


def fetch(hub_id: str, weights: Sequence[str], others: Sequence[str] = ()) -> Path | None:
    """Return the folder of the hub's cache that has the files, fetching them where it has none; None where it cannot.

    Parameters
    ----------
    hub_id : str
        ``owner/name``.
    weights : sequence of str
        Patterns of names; without a file of one, what is in the cache is no more than a download that was cut off.
    others : sequence of str
        Patterns of further files.
    """
    for is_local in (True, False):
        try:
            found = Path(
                huggingface_hub.snapshot_download(hub_id, allow_patterns=[*weights, *others], local_files_only=is_local)
            )
        except Exception:  # noqa: BLE001, S112  the client raises its own, httpx's and the system's
            continue
        if any(next(found.glob(pattern), None) for pattern in weights):
            return found
    return None
