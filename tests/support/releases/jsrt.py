"""An invented release of JSRT, in its published layout."""

from __future__ import annotations

from pathlib import Path

from tests.support.releases.files import files
from warehouse.sources.jsrt import IMAGE_BYTES


def tree(folder: Path) -> Path:
    # The first two records of nodules are without a line end between them, as in some copies.
    nodules = (
        "JPCLN001.IMG\t4\t12\t61\tfemale\t1500\t700\tmalignant\tl.upper lobe(S3)\tinvented carcinoma"
        "JPCLN002.IMG\t2\t31\t?\tmale\t400\t1200\tbenign\tr.lower lobe\tgranuloma\tinvented\r\n"
        "JPCLN003.IMG\tnot a record\n"
    )
    normals = "JPCNN001.IMG  45  male  non-nodule\nJPCNN002.IMG ? female non-nodule\n"
    return files(
        folder,
        {
            "Clinical_Information/CLNDAT_EN.txt": nodules,
            "Clinical_Information/CNNDAT_EN.TXT": normals,
            "Nodule154images/JPCLN001.IMG": IMAGE_BYTES,
            "NonNodule93images/JPCNN003.IMG": IMAGE_BYTES,
            "NonNodule93images/JPCNN004.IMG": b"cut short",
        },
    )
