"""RSNA pneumonia detection challenge: boxes and DICOM headers of 26,684 images drawn from ChestX-ray14."""

from __future__ import annotations

from warehouse.schema import raw
from warehouse.sources.base import File, Source
from warehouse.sources.tabular import YEARS, csv_rows

SOURCE = Source(
    name="rsna-pneumonia",
    title="RSNA pneumonia detection challenge: 26,684 images, 30,227 label rows",
    licence="RSNA challenge rules: academic research and education, not commercial",
    citation="Shih G et al. Augmenting the National Institutes of Health chest radiograph dataset with expert"
    " annotations of possible pneumonia. Radiol Artif Intell 2019;1(1):e180041",
    url="https://www.rsna.org/rsnai/ai-image-challenge/rsna-pneumonia-detection-challenge-2018",
    get="stage_2_train_labels.csv from the challenge on Kaggle, or both files with the package torchxrayvision",
    files=(
        File(
            "kaggle_stage_2_train_labels.csv.zip",
            (raw.RsnaPneumoniaBox,),
            csv_rows(raw.RsnaPneumoniaBox),
            aliases=("stage_2_train_labels.csv", "stage_2_train_labels.csv.zip"),
            sha256="73044dc075ffa05bde37b6c6165661a87d7c3fd0fdd277f909945e11263c06b0",
        ),
        File(
            "kaggle_stage_2_train_images_dicom_headers.csv.gz",
            (raw.RsnaPneumoniaImage,),
            csv_rows(raw.RsnaPneumoniaImage, {"PatientAge": YEARS}),
            sha256="600a2b388e0beddc1d32b8fc17de432c0559cfa6865238bdf83c916f42d86c72",
            is_required=False,
        ),
    ),
)
