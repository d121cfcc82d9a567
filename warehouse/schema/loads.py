"""Tables of the loads: runs, the files they read, what was rejected or odd in them."""

from datetime import datetime

from warehouse.schema.base import BIGINT, DOUBLE, INTEGER, TEXT, TIMESTAMPTZ, Table, column, key, required


class LoadRun(Table, table=True):
    """Loads of sources."""

    __tablename__ = "load_run"
    __table_args__ = {"schema": "raw"}
    run_id: str = key(TEXT, "hash of source, its files' contents and the version of the loader")
    source: str = required(TEXT, "source, as on the command line")
    location: str = column(TEXT, "folder the files were read from")
    product_version: str = required(TEXT, "version of cxr-warehouse")
    status: str = required(
        TEXT,
        "complete; partial: files that could not be read are in raw.rejected;"
        " running: a load of DICOM files that goes on when it is started again",
    )
    started_at: datetime = required(TIMESTAMPTZ, "start")
    finished_at: datetime = column(TIMESTAMPTZ, "end")
    seconds: float = column(DOUBLE, "time spent")
    n_rows: int = column(BIGINT, "rows loaded")
    n_rejected: int = column(BIGINT, "rows rejected")


class LoadFile(Table, table=True):
    """Files that a load read."""

    __tablename__ = "load_file"
    __table_args__ = {"schema": "raw"}
    run_id: str = key(TEXT, "load")
    file: str = key(TEXT, "name of the file")
    bytes: int = required(BIGINT, "size")
    sha256: str = required(TEXT, "hash of the contents")


class Rejected(Table, table=True):
    """Items of source files that could not become rows."""

    __tablename__ = "rejected"
    __table_args__ = {"schema": "raw"}
    run_id: str = key(TEXT, "load")
    source: str = required(TEXT, "source")
    file: str = key(TEXT, "file")
    item: str = key(TEXT, "line or row number, member, id, or the whole file")
    code: str = required(TEXT, "error code, e.g. malformed_line, not_utf8, unreadable_file")
    message: str = required(TEXT, "what is wrong, without report text")


class OddValue(Table, table=True):
    """Values that do not fit their column's type: stored as null there, kept and counted here."""

    __tablename__ = "odd_value"
    __table_args__ = {"schema": "raw"}
    run_id: str = key(TEXT, "load")
    table_name: str = key(TEXT, "table, e.g. raw.padchest_image")
    column_name: str = key(TEXT, "column")
    value: str = key(TEXT, "the value as published")
    n_rows: int = required(INTEGER, "rows that hold it")


class FileChecksum(Table, table=True):
    """Files of a release against its SHA256SUMS.txt (`cxr load SOURCE PATH --verify`)."""

    __tablename__ = "file_checksum"
    __table_args__ = {"schema": "raw"}
    source: str = key(TEXT, "source, as on the command line")
    path: str = key(TEXT, "file within the release")
    status: str = required(
        TEXT, "match; differs; missing: listed and not there; unlisted: there and not listed; unreadable"
    )
    sha256_published: str = column(TEXT, "hash that the release lists")
    sha256: str = column(TEXT, "hash of the file that is there")
    bytes: int = column(BIGINT, "size of the file that is there")
    modified_ns: int = column(BIGINT, "when the file was last changed; nanoseconds since 1970")
    verified_at: datetime = column(TIMESTAMPTZ, "when the file was hashed")
