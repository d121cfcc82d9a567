"""An invented release of COV-CTR, in its published layout."""

from __future__ import annotations

from pathlib import Path

from tests.support.releases.files import files, table

FINDINGS_ZH = "双肺下叶见磨玻璃样密度影\uff0c边界不清。"
IMPRESSION_ZH = "双肺感染性病变\uff0c病毒性肺炎可能。"


def tree(folder: Path, encoding: str = "utf-8-sig") -> Path:
    rows: list[list[object]] = [
        ["20.jpg", FINDINGS_ZH, "磨玻璃", 1, IMPRESSION_ZH, "Invented ground glass.\n"],
        ["20.jpg", "另一份报告。", "无", 1, "另一个印象。", "Another report.\n"],
        ["83%2.png", "双肺未见异常。", "正常", 0, "未见异常。", "Invented normal lungs.\n"],
    ]
    columns = ["image_id", "findings", "terminologies", "COVID", "impression", "reports_En"]
    return files(
        folder,
        {
            "COV-CTR/reports_ZH_EN.csv": table(columns, *rows).encode(encoding),
            "COV-CTR/20.jpg": b"jpg",
            "COV-CTR/5%7.jpeg": b"jpg",
        },
    )
