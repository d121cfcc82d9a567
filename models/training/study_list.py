"""A user's list of studies: the only ones that a training set takes."""

from __future__ import annotations

from pathlib import Path

from warehouse.errors import SourceError
from warehouse.user_tables import cell, reading_table

_ID_COLUMNS = ("study_id", "uid", "StudyID")


def read_study_list(path: Path) -> set[str]:
    """Return the study ids that a table lists in its column ``study_id`` or ``uid``.

    Raises
    ------
    SourceError
        It cannot be read or has no such column.
    """
    with reading_table(path) as table:
        column = next((table.header.index(name) for name in _ID_COLUMNS if name in table.header), None)
        if column is None:
            raise SourceError("has no column study_id or uid", where=path)
        return {study for line in table.lines if (study := cell(line, column))}
