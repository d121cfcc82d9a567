"""CheXpert Plus: the images of CheXpert with their reports, demographics and three sets of labels.

The images are those of the source ``chexpert``, under the same names for patients and studies. Columns as users of
df_chexpert_plus_240401.csv list them; all but the image's own may be missing. Label files are one JSON object a line.
``patient_report_date_order`` is kept, but studies are not ordered by it: users who compared it with dates in the
reports found it unrelated.
"""

from __future__ import annotations

from warehouse.schema import raw
from warehouse.sources.base import File, Source
from warehouse.sources.tabular import csv_rows, json_rows, published_columns

_REQUIRED = ("path_to_image", "deid_patient_id", "frontal_lateral", "report")


def _labels(name: str) -> File:
    return File(
        name,
        (raw.ChexpertPlusLabel,),
        json_rows(raw.ChexpertPlusLabel),
        aliases=(f"chexbert_labels/{name}", f"labels/{name}"),
        is_required=False,
    )


SOURCE = Source(
    name="chexpert-plus",
    title="CheXpert Plus: 223,462 images of 187,711 reports, demographics and labels",
    licence="Stanford University Dataset Research Use Agreement",
    citation="Chambon P et al. CheXpert Plus: augmenting a large chest X-ray dataset with text radiology reports,"
    " patient demographics and additional image formats. arXiv 2405.19538",
    url="https://aimi.stanford.edu/datasets/chexpert-plus",
    get="df_chexpert_plus_240401.csv and chexbert_labels.zip (unpacked) from aimi.stanford.edu/datasets/chexpert-plus",
    files=(
        File(
            "df_chexpert_plus_240401.csv",
            (raw.ChexpertPlusImage,),
            csv_rows(
                raw.ChexpertPlusImage,
                optional=[name for name in published_columns(raw.ChexpertPlusImage) if name not in _REQUIRED],
            ),
        ),
        _labels("report_fixed.json"),
        _labels("findings_fixed.json"),
        _labels("impression_fixed.json"),
    ),
    default_folder=None,
)
