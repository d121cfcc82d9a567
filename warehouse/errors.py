"""The errors a user can meet. Each says what happened, where, and what to do about it."""

from __future__ import annotations


class CxrError(Exception):
    """A mistake or a state of the world that the user can act on; shown as one line, never as a traceback.

    Parameters
    ----------
    what : str
        What is wrong, without a full stop. Ids, names and counts only: never report text.
    where : str, optional
        The file, table or setting it concerns.
    fix : str, optional
        What to do about it.
    """

    def __init__(self, what: str, *, where: object = "", fix: str = "") -> None:
        self.what, self.where, self.fix = what, str(where), fix
        message = f"{where}: {what}" if where else what
        super().__init__(f"{message}. {fix}" if fix else message)


class ConfigError(CxrError):
    """A setting, option or rule file that cannot be used."""


class SourceError(CxrError):
    """A file or folder of a data set that is missing, damaged or not of the published form."""


class LockedError(CxrError):
    """The warehouse file is open for writing in another process."""


class WarehouseError(CxrError):
    """The warehouse lacks what a stage needs, or refuses a query."""


class DependencyError(CxrError):
    """An optional dependency (an extra of the package) that is not installed."""
