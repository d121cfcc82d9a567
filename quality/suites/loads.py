"""Suites of the load records: what was read, what was rejected, what was odd."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing, one_of, refers, warning

OF_LOAD = refers("run_id", "raw.load_run")
SHA256 = "regexp_full_match(t.sha256, '[0-9a-f]{64}')"

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.load_run",
        one_of("status", ("complete", "partial")),
        warning(
            holds(
                "load_complete",
                "t.status = 'complete'",
                "Every file of the source could be loaded (see raw.rejected)",
                "completeness",
                column="status",
            )
        ),
        holds("time_runs_forward", "t.started_at <= t.finished_at", "Loads start before they end"),
        warning(
            holds(
                "few_rejected",
                "coalesce(t.n_rejected, 0) <= 0.001 * coalesce(t.n_rows, 0)",
                "At most one item in a thousand was rejected",
                "completeness",
                column="n_rejected",
            )
        ),
    ),
    landing(
        "raw.load_file",
        OF_LOAD,
        between("bytes", 1, None),
        holds("sha256_form", SHA256, "Hashes are 64 hexadecimal digits", "validity", column="sha256"),
    ),
    landing("raw.rejected", OF_LOAD),
    landing("raw.odd_value", OF_LOAD, between("n_rows", 1, None)),
    landing(
        "raw.file_checksum",
        one_of("status", ("match", "differs", "missing", "unlisted", "unreadable")),
        holds(
            "hash_published",
            "t.status not in ('differs', 'unreadable')",
            "Every file that was checked has its published hash",
            "integrity",
            column="status",
        ),
    ),
)
