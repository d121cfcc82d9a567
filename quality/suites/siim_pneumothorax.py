"""Suite of the landing table of the SIIM-ACR pneumothorax challenge."""

from __future__ import annotations

from quality.checks import Suite, holds, landing

SIIM_ROWS = 12_954

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.siim_pneumothorax_mask",
        holds(
            "run_lengths_paired",
            r"""trim(t." EncodedPixels") = '-1' or len(string_split_regex(trim(t." EncodedPixels"), '\s+')) % 2 = 0""",
            "Masks are pairs of start and length, or -1",
            "validity",
            column=" EncodedPixels",
        ),
        published=SIIM_ROWS,
    ),
)
