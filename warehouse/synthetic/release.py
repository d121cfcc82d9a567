"""A synthetic release on disk: the files of MIMIC-CXR and MIMIC-CXR-JPG in PhysioNet's layout, and what is true."""

from __future__ import annotations

import gzip
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from warehouse import pool, runs
from warehouse.config import Settings, load_settings
from warehouse.errors import ConfigError
from warehouse.files import new_folder
from warehouse.progress import Progress, silent
from warehouse.synthetic import images, reports
from warehouse.synthetic.cohort import PROCEDURES, SIZES, Cohort, draw_cohort
from warehouse.synthetic.labels import LABELS, NONE, Labels, Values, draw_labels
from warehouse.synthetic.published import SPLITS, Ints, apportion, published

MIMIC_CXR, MIMIC_CXR_JPG, TRUTH = Path("mimic-cxr/2.1.0"), Path("mimic-cxr-jpg/2.1.0"), Path("truth")
N_IMAGED = 4
"""Images that are drawn, as DICOM and JPG; all others are rows of the lists."""

ZIP_TIME = (2024, 7, 23, 0, 0, 0)
VALUES = {1: "1.0", 0: "0.0", -1: "-1.0", NONE: None}
VIEW_CODES = {"AP": "antero-posterior", "PA": "postero-anterior", "LATERAL": "lateral", "LL": "left lateral"}


@dataclass(frozen=True)
class Synthesis:
    """What `synthesize` wrote."""

    target: str
    n_patients: int
    n_studies: int
    n_images: int
    n_imaged: int
    seconds: float


@dataclass(frozen=True)
class _Release:
    """A drawn release and the ids that are written of it; studies and images in the order of the lists."""

    cohort: Cohort
    labels: Labels
    sources: Ints
    studies: Ints
    images: Ints
    dicom_ids: list[str]
    size: Any


def synthesize(
    target: Path,
    *,
    n_patients: int,
    seed: int = 0,
    n_imaged: int = N_IMAGED,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Synthesis:
    """Write an invented release in the layout of MIMIC-CXR 2.1.0 and MIMIC-CXR-JPG 2.1.0.

    The same seed gives the same bytes.

    ``mimic-cxr/2.1.0`` and ``mimic-cxr-jpg/2.1.0`` are loaded as the real ones are; ``truth`` holds the true labels and
    the section that they are made from. A release as large as MIMIC-CXR (`published.FULL`) meets the published counts
    exactly, a smaller one their shares.

    Parameters
    ----------
    target : Path
        Folder to make; it may be there if it is empty. It appears when it is complete.
    n_patients : int
    seed : int
    n_imaged : int
        Images that are drawn.
    settings : Settings, optional
        ``threads`` is the number of processes that compose reports.
    progress : callable, optional

    Raises
    ------
    ConfigError
        The folder is not empty or cannot be made, or there are no patients.
    """
    clock = time.perf_counter()
    settings, progress = settings or load_settings(), progress or silent
    if n_patients < 1:
        raise ConfigError("a release has at least one patient", fix="Give --n-patients a positive number")
    target.resolve().parent.mkdir(parents=True, exist_ok=True)
    with new_folder(target) as folder:
        release = _draw(n_patients, seed, n_imaged)
        for part in (MIMIC_CXR, MIMIC_CXR_JPG, TRUTH):
            (folder / part).mkdir(parents=True)
        _write(folder, release, seed, n_imaged, settings, progress)
    cohort = release.cohort
    return Synthesis(
        str(target), n_patients, len(cohort.study_id), len(cohort.view), n_imaged, time.perf_counter() - clock
    )


def _draw(n_patients: int, seed: int, n_imaged: int) -> _Release:
    cohort = draw_cohort(n_patients, seed)
    studies = np.lexsort((cohort.study_id, cohort.subject_id))
    rng = np.random.default_rng([seed, 4])
    n_images = len(cohort.view)
    digits = rng.bytes(20 * n_images).hex()
    dicom_ids = ["-".join(digits[40 * i + j : 40 * i + j + 8] for j in range(0, 40, 8)) for i in range(n_images)]
    place = np.empty(len(studies), np.int64)
    place[studies] = np.arange(len(studies))
    order = np.lexsort((np.array(dicom_ids), place[cohort.study_of_image]))
    size = np.array(SIZES)[cohort.size]
    size[order[:n_imaged]] = images.SIZE
    return _Release(
        cohort, draw_labels(cohort, seed), reports.draw_sources(cohort, seed), studies, order, dicom_ids, size
    )


def _write(folder: Path, release: _Release, seed: int, n_imaged: int, settings: Settings, progress: Progress) -> None:
    lists = {**_lists(release, seed), **_truth(release)}
    for i, (path, columns) in enumerate(lists.items()):
        _write_csv(folder / path, columns)
        progress("write lists", i + 1, len(lists))
    (folder / MIMIC_CXR_JPG / "IMAGE_FILENAMES").write_text(
        "".join(f"{path}\n" for path in _image_paths(release, ".jpg").to_pylist()), encoding="ascii"
    )
    _write_reports(folder / MIMIC_CXR / "mimic-cxr-reports.zip", release, seed, settings, progress)
    _draw_images(folder, release, seed, n_imaged)
    for part in (MIMIC_CXR, MIMIC_CXR_JPG):
        files = sorted(path for path in (folder / part).rglob("*") if path.is_file())
        sums = [f"{runs.fingerprint(path)}  {path.relative_to(folder / part).as_posix()}\n" for path in files]
        (folder / part / "SHA256SUMS.txt").write_text("".join(sums), encoding="ascii")


def _lists(release: _Release, seed: int) -> dict[Path, Mapping[str, Any]]:
    """Return the columns of every list by its path."""
    cohort, labels = release.cohort, release.labels
    of_image = cohort.study_of_image[release.images]
    ids = {"subject_id": cohort.subject_id[release.studies], "study_id": cohort.study_id[release.studies]}
    image_ids = {"subject_id": cohort.subject_id[of_image], "study_id": cohort.study_id[of_image]}
    dicom_id = pa.array(release.dicom_ids).take(pa.array(release.images))
    labeled = release.studies[~cohort.is_without_text[release.studies]]
    radiologist = release.studies[labels.is_radiologist[release.studies]]
    label_ids = {"subject_id": cohort.subject_id[labeled], "study_id": cohort.study_id[labeled]}
    in_jpg = MIMIC_CXR_JPG
    return {
        MIMIC_CXR / "cxr-record-list.csv.gz": image_ids | {"dicom_id": dicom_id, "path": _image_paths(release, ".dcm")},
        MIMIC_CXR / "cxr-study-list.csv.gz": ids | {"path": _study_paths(release, release.studies, ".txt")},
        MIMIC_CXR / "cxr-provider-list.csv.gz": ids | _providers(len(release.studies), seed),
        in_jpg / "mimic-cxr-2.0.0-metadata.csv.gz": {"dicom_id": dicom_id} | image_ids | _metadata(release),
        in_jpg / "mimic-cxr-2.0.0-split.csv.gz": {
            "dicom_id": dicom_id,
            "study_id": image_ids["study_id"],
            "subject_id": image_ids["subject_id"],
            "split": pa.array(SPLITS).take(pa.array(cohort.split[of_image])),
        },
        in_jpg / "mimic-cxr-2.0.0-chexpert.csv.gz": label_ids | _label_columns(labels.chexpert[labeled]),
        in_jpg / "mimic-cxr-2.0.0-negbio.csv.gz": label_ids | _label_columns(labels.negbio[labeled]),
        in_jpg / "mimic-cxr-2.1.0-test-set-labeled.csv": {"study_id": cohort.study_id[radiologist]}
        | _label_columns(labels.true[radiologist], {"Lung Opacity": "Airspace Opacity"}),
    }


def _truth(release: _Release) -> dict[Path, Mapping[str, Any]]:
    cohort, studies = release.cohort, release.studies[~release.cohort.is_without_text[release.studies]]
    ids = {"subject_id": cohort.subject_id[studies], "study_id": cohort.study_id[studies]}
    return {
        TRUTH / "labels.csv.gz": ids | _label_columns(release.labels.true[studies]),
        TRUTH / "sections.csv.gz": ids
        | {"section": pa.array(reports.SOURCES).take(pa.array(release.sources[studies]))},
    }


def _label_columns(values: Values, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    spelled = pa.array(list(VALUES.values()))
    place = {value: i for i, value in enumerate(VALUES)}
    indexes = np.vectorize(place.__getitem__, otypes=[np.int64])(values)
    columns = {(names or {}).get(name, name): spelled.take(pa.array(indexes[:, i])) for i, name in enumerate(LABELS)}
    return dict(sorted(columns.items()))


def _providers(n_studies: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng([seed, 5])
    columns = {}
    for letter, (role, (n_distinct, share)) in zip("OAR", published()["providers"].items(), strict=True):
        chosen = rng.integers(n_distinct, size=n_studies)
        is_known = rng.permutation(np.repeat([True, False], apportion(n_studies, [share, 1 - share])))
        names = pa.array([f"P{letter}{i:04d}" for i in range(n_distinct)])
        columns[f"{role}_provider_id"] = names.take(pa.array(chosen, mask=~is_known))
    return columns


def _metadata(release: _Release) -> dict[str, Any]:
    cohort, order = release.cohort, release.images
    views = [name or None for name in published()["views"]]
    orientations = [name or None for name in published()["orientations"]]
    procedures = pa.array(PROCEDURES).take(pa.array(cohort.procedure[order]))
    studied_at = cohort.studied_at[cohort.study_of_image[order]]
    day = studied_at.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    year = month.astype("datetime64[Y]").astype(np.int64) + 1970
    date = (year * 100 + month.astype(np.int64) % 12 + 1) * 100 + (day - month).astype(np.int64) + 1
    milliseconds = (studied_at - day).astype("timedelta64[ms]").astype(np.int64)
    hours, rest = np.divmod(milliseconds, 3_600_000)
    minutes, rest = np.divmod(rest, 60_000)
    return {
        "PerformedProcedureStepDescription": procedures,
        "ViewPosition": pa.array(views).take(pa.array(cohort.view[order])),
        "Rows": release.size[order, 0],
        "Columns": release.size[order, 1],
        "StudyDate": date,
        "StudyTime": hours * 10_000 + minutes * 100 + rest / 1000,
        "ProcedureCodeSequence_CodeMeaning": procedures,
        "ViewCodeSequence_CodeMeaning": pa.array([VIEW_CODES.get(name or "") for name in views]).take(
            pa.array(cohort.view[order])
        ),
        "PatientOrientationCodeSequence_CodeMeaning": pa.array(orientations).take(pa.array(cohort.orientation[order])),
    }


def _study_paths(release: _Release, studies: Ints, suffix: str) -> pa.StringArray:
    ids = zip(release.cohort.subject_id[studies].tolist(), release.cohort.study_id[studies].tolist(), strict=True)
    return pa.array([f"files/p{subject // 1_000_000}/p{subject}/s{study}{suffix}" for subject, study in ids])


def _image_paths(release: _Release, suffix: str) -> pa.StringArray:
    of_image = release.cohort.study_of_image[release.images]
    folders = _study_paths(release, of_image, "/").to_pylist()
    names = [release.dicom_ids[i] for i in release.images.tolist()]
    return pa.array([f"{folder}{name}{suffix}" for folder, name in zip(folders, names, strict=True)])


def _write_csv(path: Path, columns: Mapping[str, Any]) -> None:
    options = pa_csv.WriteOptions(include_header=False, quoting_style="needed")
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) if path.suffix == ".gz" else raw as file,
    ):
        file.write((",".join(columns) + "\n").encode())  # pyarrow would quote the names
        pa_csv.write_csv(pa.table(dict(columns)), file, options)


def _write_reports(path: Path, release: _Release, seed: int, settings: Settings, progress: Progress) -> None:
    studies = release.studies
    names = _study_paths(release, studies, ".txt").to_pylist()
    batches = reports.batches(release.labels, release.sources, studies, seed)
    processes = settings.threads if len(studies) > 10 * reports.BATCH else 1
    written = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for texts in pool.map_batches(reports.compose_batch, batches, reports.load_grammar(), processes=processes):
            _write_members(archive, names[written : written + len(texts)], texts)
            written += len(texts)
            progress("write reports", written, len(names))


def _write_members(archive: zipfile.ZipFile, names: Sequence[str], texts: Sequence[str]) -> None:
    for name, text in zip(names, texts, strict=True):
        member = zipfile.ZipInfo(name, ZIP_TIME)
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, text)


def _draw_images(folder: Path, release: _Release, seed: int, n_imaged: int) -> None:
    """Draw the first images of the lists, as DICOM and as JPG."""
    cohort = release.cohort
    dicoms, jpgs = (_image_paths(release, suffix).slice(0, n_imaged).to_pylist() for suffix in (".dcm", ".jpg"))
    for i, image in enumerate(release.images[:n_imaged].tolist()):
        study = int(cohort.study_of_image[image])
        images.write_image(
            folder / MIMIC_CXR / dicoms[i],
            folder / MIMIC_CXR_JPG / jpgs[i],
            seed=seed + i,
            subject_id=int(cohort.subject_id[study]),
            study_id=int(cohort.study_id[study]),
            dicom_id=release.dicom_ids[image],
            view=list(published()["views"])[cohort.view[image]],
            procedure=PROCEDURES[cohort.procedure[image]],
            orientation=list(published()["orientations"])[cohort.orientation[image]],
            view_code=VIEW_CODES.get(list(published()["views"])[cohort.view[image]]),
            studied_at=cohort.studied_at[study].item(),
        )
