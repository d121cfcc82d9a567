"""Google's adjudicated labels of four findings for ChestX-ray14 images."""

from __future__ import annotations

from warehouse.schema.base import BOOLEAN, TEXT, column
from warehouse.sources.base import File, Source
from warehouse.sources.chestxray14 import NihImage
from warehouse.sources.reading.tabular import BARS, YEARS, csv_rows


class GoogleNihLabel(NihImage, table=True):
    """Labels that radiologists gave to ChestX-ray14 images for Google, beside the columns of NIH."""

    __tablename__ = "google_nih_label"
    fracture: bool = column(BOOLEAN, "fracture, by majority of three radiologists", name="Fracture")
    pneumothorax: bool = column(BOOLEAN, "pneumothorax", name="Pneumothorax")
    airspace_opacity: bool = column(BOOLEAN, "airspace opacity", name="Airspace opacity")
    nodule_or_mass: bool = column(BOOLEAN, "nodule or mass", name="Nodule or mass")
    set_id: str = column(TEXT, "val or test", name="Set Id")


SOURCE = Source(
    module=__name__,
    name="google-nih",
    title="Radiologists' labels of four findings for 4,376 ChestX-ray14 images (Google)",
    licence="CC BY 4.0",
    citation="Majkowska A et al. Chest radiograph interpretation with deep learning models."
    " Radiology 2020;294(2):421-431",
    url="https://cloud.google.com/healthcare-api/docs/resources/public-datasets/nih-chest#additional_labels",
    get="the additional labels of the NIH chest data set on Google Cloud, or with the package torchxrayvision",
    files=(
        File(
            "google2019_nih-chest-xray-labels.csv.gz",
            (GoogleNihLabel,),
            csv_rows(GoogleNihLabel, {"Finding Labels": BARS, "Patient Age": YEARS}),
            sha256="1d1b846e463753ed0219f67e21b10c8aef381897dbd64865c8191aa5794e8048",
        ),
    ),
)
