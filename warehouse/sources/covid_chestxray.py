"""The COVID-19 image data collection: radiographs and CT out of publications, with clinical notes and diagnoses.

The columns are those of metadata.csv in the repository's last state; earlier ones lack some. ``finding`` is a path of
ever narrower diagnoses ("Pneumonia/Viral/COVID-19"), "todo" or "Unknown" where nobody has said one. A study is what was
taken of a patient on one day of the illness (``offset``; without one on one date), CT apart from radiographs. Its text
is the notes on its images. They are case descriptions and captions rather than reports: some tell of other days too.
"""

from __future__ import annotations

from warehouse.schema.base import DOUBLE, INTEGER, TEXT, Landed, column, key
from warehouse.sources.base import File, Source
from warehouse.sources.reading.tabular import csv_rows, published_columns

_REQUIRED = ("patientid", "finding", "view", "filename")


class CovidChestxrayImage(Landed, table=True):
    """Images of the COVID-19 image data collection: diagnosis, course of the illness, and where each comes from."""

    __tablename__ = "covid_chestxray_image"
    patientid: str = column(TEXT, "patient")
    offset: int = column(INTEGER, "days since the first symptoms or the admission; 5 where 'a few days' were published")
    sex: str = column(TEXT, "M or F")
    age: float = column(DOUBLE, "age; years")
    finding: str = column(TEXT, "diagnosis, from wide to narrow with slashes between; todo and Unknown are none")
    rt_pcr_positive: str = column(TEXT, "whether the test for the virus was positive, Y or N", name="RT_PCR_positive")
    survival: str = column(TEXT, "whether the patient survived, Y or N")
    intubated: str = column(TEXT, "whether the patient was intubated at any time, Y or N")
    intubation_present: str = column(TEXT, "whether the patient was intubated when the image was taken, Y or N")
    went_icu: str = column(TEXT, "whether the patient was in intensive care at any time, Y or N")
    in_icu: str = column(TEXT, "whether the patient was in intensive care when the image was taken, Y or N")
    needed_supplemental_o2: str = column(
        TEXT, "whether the patient needed oxygen at any time, Y or N", name="needed_supplemental_O2"
    )
    extubated: str = column(TEXT, "whether the patient was extubated, Y or N")
    temperature: float = column(DOUBLE, "temperature when the image was taken; degrees Celsius")
    po2_saturation: float = column(DOUBLE, "oxygen saturation; %", name="pO2_saturation")
    leukocyte_count: float = column(DOUBLE, "white blood cells; 1,000 a microlitre")
    neutrophil_count: float = column(DOUBLE, "neutrophils; 1,000 a microlitre")
    lymphocyte_count: float = column(DOUBLE, "lymphocytes; 1,000 a microlitre")
    view: str = column(TEXT, "PA, AP, AP Supine, AP Erect or L; of CT Axial or Coronal")
    modality: str = column(TEXT, "X-ray or CT")
    date: str = column(TEXT, "date of the image as written: a day, or a year alone")
    location: str = column(TEXT, "hospital, city, country")
    folder: str = column(TEXT, "folder of the collection that holds the file: images or volumes")
    filename: str = key(TEXT, "image file")
    doi: str = column(TEXT, "publication")
    url: str = column(TEXT, "page that the image comes from")
    license: str = column(TEXT, "licence of the image")
    clinical_notes: str = column(TEXT, "notes on the image or the patient, mostly in English")
    other_notes: str = column(TEXT, "further notes, e.g. credit")


_STUDY_ID = """concat_ws('_', patientid, coalesce("offset"::varchar, date), nullif(modality, 'X-ray'))"""

SOURCE = Source(
    module=__name__,
    name="covid-chestxray",
    title="COVID-19 image data collection: radiographs and CT out of publications, with clinical notes",
    licence="CC BY-NC-SA 4.0 for the metadata; each image its own (column license)",
    citation="Cohen JP et al. COVID-19 image data collection: prospective predictions are the future."
    " arXiv 2006.11988, 2020",
    url="https://github.com/ieee8023/covid-chestxray-dataset",
    get="a clone of github.com/ieee8023/covid-chestxray-dataset",
    files=(
        File(
            "metadata.csv",
            (CovidChestxrayImage,),
            csv_rows(
                CovidChestxrayImage,
                optional=[name for name in published_columns(CovidChestxrayImage) if name not in _REQUIRED],
            ),
        ),
    ),
    default_folder=None,
    reports=f"""
select
    min(patientid) as patient_id,
    {_STUDY_ID} as study_id,
    string_agg(distinct clinical_notes, e'\\n\\n' order by clinical_notes) as text,
    'en' as language
from raw.covid_chestxray_image
where clinical_notes is not null
group by {_STUDY_ID}
""",
    images=f"""
select
    patientid as patient_id,
    {_STUDY_ID} as study_id,
    filename as image_id,
    concat_ws('/', coalesce(folder, 'images'), filename) as path,
    view as view_position
from raw.covid_chestxray_image
""",
)
