"""A warehouse of made-up reports, and a network trained on it in seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
import transformers
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers import models as tokenizer_models

from models.training import report_findings
from models.training.nets import torch
from models.training.publish import TrainResult
from models.training.report_recipes import read_recipe
from models.training.sets import TrainingSet
from nlp import engines
from nlp.labeling.warehouse import label_warehouse
from tests.support.macros import create_macros
from warehouse.config import Settings
from warehouse.connection import read_only, writing

PRESENT = {
    "cardiomegaly": "The heart is enlarged.",
    "pleural_effusion": "There is a small left pleural effusion.",
    "pneumothorax": "Large right apical pneumothorax.",
    "atelectasis": "Bibasilar atelectasis is present.",
}
ABSENT = {
    "cardiomegaly": "The heart is normal in size.",
    "pleural_effusion": "No pleural effusion.",
    "pneumothorax": "There is no pneumothorax.",
    "atelectasis": "Lungs are clear without atelectasis.",
}


def is_present(i: int) -> dict[str, bool]:
    drawn = np.random.default_rng(i).random(len(PRESENT)) < 0.3
    return dict(zip(PRESENT, drawn.tolist(), strict=True))


def findings_of(i: int) -> str:
    return " ".join((PRESENT if value else ABSENT)[finding] for finding, value in is_present(i).items())


def insert(con: duckdb.DuckDBPyConnection, n_reports: int) -> None:
    """Insert Open-I reports of which every second has an impression, with a coding of their findings."""
    rows = [
        (f"CXR{i}", f"p{i}", "Rule out pneumonia.", findings_of(i), "Possible edema." if i % 2 else None)
        for i in range(n_reports)
    ]
    con.executemany(
        "insert into raw.openi_report (run_id, source_file, uid, pmc_id, indication, findings, impression)"
        " values ('r', 'f', ?, ?, ?, ?, ?)",
        rows,
    )
    con.execute(
        "insert into annotation.labeled_study by name select 'r' as run_id, 'openi' as dataset, uid as study_id,"
        " 'openi_mesh' as annotator from raw.openi_report"
    )
    coded = [(f"CXR{i}", finding) for i in range(n_reports) for finding, value in is_present(i).items() if value]
    con.executemany("insert into annotation.label values ('r', 'openi', ?, 'openi_mesh', ?, 1)", coded)


@pytest.fixture
def fill() -> Callable[[duckdb.DuckDBPyConnection, int], None]:
    """Return the function that inserts reports."""
    return insert


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(warehouse=tmp_path / "warehouse.duckdb", threads=1)


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Sixty reports, not labeled."""
    with writing(settings.warehouse, settings) as con:
        insert(con, 60)
        yield con


@pytest.fixture(scope="session")
def labeled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of 300 reports, labeled."""
    path = tmp_path_factory.mktemp("labeled") / "warehouse.duckdb"
    settings = Settings(warehouse=path, threads=1)
    with writing(path, settings) as con:
        insert(con, 300)
        label_warehouse(con, engines.load("cxr"), settings=settings)
    return path


@pytest.fixture(scope="session")
def trained(labeled: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    """A network of a few epochs in a zoo of its own."""
    with read_only(labeled) as con:
        recipe = read_recipe("report_findings").changed(epochs=4)
        return report_findings.train(con, Settings(threads=1), recipe, output=tmp_path_factory.mktemp("zoo"))


@pytest.fixture
def built(labeled: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The labeled reports with the marts that training sets read, in memory."""
    with duckdb.connect() as con:
        con.execute(f"attach '{labeled}' as source (read_only)")
        con.execute("create schema marts")
        con.execute(
            """
            create table marts.dim_study as
            select dataset, study_id, patient_id, language as report_language, null::varchar as split
            from source.raw.report;
            create table marts.report_section as
            select dataset, study_id, rules, section, ordinal, text from source.nlp.section;
            create table marts.training_label as
            select dataset, study_id, 'cxr' as labeler, 'u_ignore' as policy, finding,
                case max(value) filter (where labeled = finding) when 1 then 1 when -1 then null else 0 end as target
            from (
                select report.dataset, report.study_id, known.finding, label.finding as labeled, label.value
                from source.nlp.labeled_report as report
                cross join (select distinct finding from source.nlp.label) as known
                left join source.nlp.label as label
                    on report.study_id = label.study_id and known.finding = label.finding
            ) group by dataset, study_id, finding
            """
        )
        con.execute("create schema nlp")
        create_macros(con)
        con.execute("create view nlp.label_run as from source.nlp.label_run")
        yield con


@pytest.fixture
def chosen() -> TrainingSet:
    return TrainingSet(
        input="report", datasets=("openi",), labeler="cxr", text="findings", findings=(*PRESENT, "no_finding")
    )


WORDS = ["the", "heart", "is", "enlarged", "normal", "no", "pleural", "effusion", "lungs", "are", "clear"]
# Padding is not 0, as in RoBERTa's vocabulary.
VOCABULARY = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]", ".", *WORDS]


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two tiny layers, made for masked words, with its tokenizer, in a folder as people have real ones."""
    folder = tmp_path_factory.mktemp("tiny-bert")
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(VOCABULARY), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=48, pad_token_id=1,
    )  # fmt: skip
    transformers.BertForMaskedLM(config).save_pretrained(folder)
    tokenizer = Tokenizer(tokenizer_models.WordPiece({word: i for i, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 0))
    tokenizer.enable_padding(pad_id=1, length=20)  # as the files of sentence transformers have it
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
