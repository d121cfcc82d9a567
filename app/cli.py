"""The ``cxr`` command. Every command is thin: it reads options, calls the library and prints what came back."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from app import console
from app.commands import attribute, dicom, evaluate, export, lexicon, score, study, train
from app.commands import models as zoo
from app.commands import sql as query
from app.options import AsJson, InputFile, Warehouse
from nlp.labeling.pool import Engine
from nlp.labeling.sections import Rules
from warehouse.config import load_settings
from warehouse.errors import CxrError
from warehouse.report_files import Layout

cli = typer.Typer(
    name="cxr",
    help="Chest-radiograph warehouse: load reports and label tables, label them, score them, query them.",
    epilog="Start with 'cxr demo'. The warehouse is ./warehouse.duckdb, or what --warehouse or CXR_WAREHOUSE names.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
cli.add_typer(train.cli, name="train")
cli.add_typer(zoo.cli, name="models")
cli.add_typer(study.cli, name="study")
cli.add_typer(score.cli, name="score")
cli.add_typer(attribute.cli, name="attribute")
cli.add_typer(dicom.cli, name="dicom")
cli.add_typer(export.cli, name="export")
cli.add_typer(lexicon.cli, name="lexicon")
cli.command()(evaluate.evaluate)

LabelScheme = Annotated[str, typer.Option(help="chexpert14, chestxray14, or a YAML file with your own findings.")]
QUALITY_GATE = 3


def main() -> None:
    """Run the command line: exit code 1 after a user's mistake, 2 after a wrong call, 3 at a failed quality gate."""
    try:
        cli()
    except CxrError as error:
        console.error(str(error))
        sys.exit(1)


@cli.command()
def demo(warehouse: Warehouse = None) -> None:
    """Load, label, score, build, check and benchmark the public data; then show what there is to query.

    About 450,000 rows of public tables and the 3,955 reports of Open-I, from a package that ships them: no download
    beyond the installation. A second run finds its work done.
    """
    from app.commands import demo

    if demo.run(load_settings(warehouse=warehouse)):
        raise typer.Exit(QUALITY_GATE)


@cli.command()
def run(
    source: Annotated[
        list[str] | None,
        typer.Option("--source", "-s", help="NAME or NAME=PATH; repeat for more. Default: every public source."),
    ] = None,
    warehouse: Warehouse = None,
) -> None:
    """Run every stage in order: load, label, score, benchmark, build, check, evaluate. Resumable at any point."""
    from app import pipeline

    chosen = [_named_path(text) for text in source] if source else [(name, None) for name in pipeline.PUBLIC_SOURCES]
    with console.progress() as progress:
        report = pipeline.run(load_settings(warehouse=warehouse), chosen, progress)
    console.table("Stages", ["stage", "outcome", "seconds"], [tuple(asdict(row).values()) for row in report.stages])
    console.say(f"Quality report: {report.report}")
    if report.is_blocked:
        raise typer.Exit(QUALITY_GATE)
    if report.faults:
        raise typer.Exit(1)


def _named_path(text: str) -> tuple[str, Path | None]:
    name, _, path = text.partition("=")
    return name, Path(path) if path else None


@cli.command()
def sources(as_json: AsJson = False) -> None:
    """List the data sets that can be loaded: what each needs, where to get it, licence, citation."""
    from warehouse import sources as registry

    described = [source.describe() for source in registry.all_sources().values()]
    if as_json:
        console.emit_json(described)
        return
    for source in described:
        console.say(f"[bold]{source['name']}[/bold]  {source['title']}")
        for label in ("files", "tables", "get", "licence", "citation"):
            value = source[label]
            console.say(f"  [dim]{label:<9}[/dim]{', '.join(value) if isinstance(value, list | tuple) else value}")
        console.say("")


@cli.command()
def synthesize(
    target: Annotated[Path, typer.Argument(help="Folder to make.")] = Path("synthetic-mimic-cxr"),
    like: Annotated[Literal["mimic-cxr"], typer.Option(help="Release whose shape it has.")] = "mimic-cxr",
    patients: Annotated[int, typer.Option(help="Number of patients; studies and images follow.")] = 500,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 0,
    full: Annotated[
        bool, typer.Option("--full", help="As large as MIMIC-CXR: 65,379 patients, 227,835 studies, 377,110 images.")
    ] = False,
    images: Annotated[int, typer.Option(help="Images that are drawn, as DICOM and JPG; the others are rows.")] = 4,
    as_json: AsJson = False,
) -> None:
    """Write an invented release: MIMIC-CXR's files, layout and published counts, reports whose true labels are known.

    TARGET/mimic-cxr/2.1.0 and TARGET/mimic-cxr-jpg/2.1.0 are loaded as the real releases are; TARGET/truth has the true
    labels, and the section of each report that they are made from.
    """
    from warehouse import synthetic

    del like
    n_patients = synthetic.FULL if full else patients
    with console.progress() as progress:
        made = synthetic.synthesize(
            target, n_patients=n_patients, seed=seed, n_imaged=images, settings=load_settings(), progress=progress
        )
    console.counts(asdict(made), as_json)


@cli.command()
def load(
    source: Annotated[str, typer.Argument(help="A data set as 'cxr sources' names it, e.g. openi or mimic-cxr.")],
    path: Annotated[
        Path | None, typer.Argument(help="Folder of the release; default: the installed public tables.")
    ] = None,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Check the files against SHA256SUMS.txt, into raw.file_checksum; resumable."),
    ] = False,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Load a data set into raw.*; loading the same files again changes nothing.

    'cxr load parquet DIR' restores what 'cxr export parquet DIR' wrote. Exit code 1 when a file could not be loaded or
    differs from its published hash; the others are loaded.
    """
    from app.commands import load as view

    view.run(load_settings(warehouse=warehouse), source, path, verify=verify, as_json=as_json)


@cli.command()
def section(
    rules: Annotated[
        Rules, typer.Option(help="Corrected: what labels are made from; official: as MIMIC-CXR's own parser does it.")
    ] = "corrected",
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Split the warehouse's reports into sections, nlp.section; both sets of rules may be there side by side."""
    from nlp.labeling.sections import section_warehouse
    from warehouse.connection import writing

    settings = load_settings(warehouse=warehouse)
    with console.progress() as progress, writing(settings.warehouse, settings, create=False) as con:
        counts = asdict(section_warehouse(con, rules, progress=progress))
    if as_json:
        console.emit_json(counts)
        return
    label_texts = counts.pop("label_texts")
    console.counts(counts, as_json)
    console.table("Label text from", ["section", "reports"], [(name or "none", n) for name, n in label_texts.items()])


@cli.command()
def label(
    labeler: Annotated[str, typer.Option("--labeler", "-l", help="cxr or medspacy_context.")] = "cxr",
    input_file: InputFile = None,
    output_file: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV to write, .gz or not: study_id and the labels.")
    ] = None,
    layout: Annotated[
        Layout, typer.Option("--format", help="chexpert: reports in one column without a header, as that labeler has.")
    ] = "table",
    id_column: Annotated[str, typer.Option(help="A table's column of study ids.")] = "study_id",
    text_column: Annotated[str, typer.Option(help="A table's column of reports.")] = "text",
    scheme: LabelScheme = "chexpert14",
    text_policy: Annotated[
        str,
        typer.Option(help="Sections to label: findings+impression, or mimic (impression, else findings, else ...)."),
    ] = "findings+impression",
    aggregation: Annotated[
        str, typer.Option(help="What a finding is that is both denied and doubted: as in cxr, chexpert or negbio.")
    ] = "cxr",
    name: Annotated[
        str | None, typer.Option(help="Name in nlp.label, to keep labels made in several ways side by side.")
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="Where: local processes, or a Ray cluster (extra 'ray', RAY_ADDRESS).")
    ] = "local",
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Label the warehouse's reports into nlp.*, or a file of reports with --input and --output."""
    from nlp import engines
    from nlp.engines.semantics import Semantics
    from nlp.workbench.scheme import load_scheme

    settings = load_settings(warehouse=warehouse)
    if (input_file is None) != (output_file is None):
        raise typer.BadParameter("--input and --output go together")
    labels = load_scheme(scheme)
    loaded = engines.load(labeler, lexicon=labels.lexicon, semantics=Semantics(text_policy, aggregation), name=name)
    with console.progress() as progress:
        if input_file is not None and output_file is not None:
            from nlp.labeling.files import label_file

            counts = asdict(
                label_file(
                    input_file,
                    output_file,
                    labeler=loaded,
                    scheme=labels,
                    layout=layout,
                    columns=(id_column, text_column),
                    settings=settings,
                    engine=engine,
                    progress=progress,
                )
            )
        else:
            from nlp.labeling.warehouse import label_warehouse
            from warehouse.connection import writing

            with writing(settings.warehouse, settings, create=False) as con:
                counts = asdict(label_warehouse(con, loaded, settings=settings, engine=engine, progress=progress))
    console.counts(counts, as_json)


@cli.command()
def explain(
    text: Annotated[
        str,
        typer.Argument(metavar="STUDY_ID|TEXT", help="A study of the warehouse, or a text; '-' reads standard input."),
    ],
    study: Annotated[bool, typer.Option("--study", help="The argument is a study's id.")] = False,
    dataset: Annotated[str | None, typer.Option(help="Data set of the study, where several have its id.")] = None,
    scheme: LabelScheme = "chexpert14",
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Show the findings in a report, each with the words, the cue and the rules that decided.

    One word that is the id of a study with a report is taken for the study; everything else is text.
    """
    from app.commands import explain as view
    from nlp.engines.phrase_labeler import CxrLabeler
    from nlp.workbench.scheme import load_scheme

    path = load_settings(warehouse=warehouse).warehouse
    report_text = sys.stdin.read() if text == "-" else text
    found = None if text == "-" else view.find(path, text, dataset=dataset, is_study=study)
    if found:
        report_text = found[0].text
    labeler = CxrLabeler(load_scheme(scheme).lexicon)
    report = labeler.label(report_text)
    if as_json:
        console.emit_json(view.as_json(report, *found or ()))
        return
    view.show(report_text, report, labeler.lexicon.findings, found[1] if found else None)
    if not found and len(report_text.split()) == 1:
        console.say(f"Read as text: it is the id of no report in {path}.")


@cli.command()
def build(
    select: Annotated[str | None, typer.Option(help="dbt selection, e.g. 'labeler_benchmark+'.")] = None,
    mimic_iv: Annotated[
        Path | None,
        typer.Option("--mimic-iv", help="Load MIMIC-IV first, a folder or a DuckDB file, to link MIMIC-CXR's studies."),
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Build staging, intermediate and marts with dbt, and run their tests."""
    from app import dbt as builder

    settings = load_settings(warehouse=warehouse)
    with console.progress() as progress:
        if mimic_iv:
            builder.load_mimic_iv(settings, mimic_iv, progress)
        result = builder.build(settings, select=select, progress=progress)
    console.counts(asdict(result), as_json)
    if mimic_iv and not as_json:
        links = builder.encounter_links(settings)
        console.table("Studies linked with MIMIC-IV", ["link", "studies", "patients"], links)
        if {link for link, *_ in links} == {"no_patient"}:
            console.say("No patient of MIMIC-CXR is in it: the ids of MIMIC-III, and of its demo, never match.")


@cli.command()
def check(
    suite: Annotated[
        list[str] | None, typer.Option("--suite", help="Only these suites (tables); default: all.")
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Run the quality suites and write the report page; exit code 3 when a blocking check fails."""
    from quality.page import write_report
    from quality.run import run_checks
    from warehouse.connection import writing

    settings = load_settings(warehouse=warehouse)
    with console.progress() as progress, writing(settings.warehouse, settings, create=False) as con:
        result = run_checks(con, settings, suites=suite, progress=progress)
        page = write_report(con, settings)
    if as_json:
        console.emit_json(asdict(result) | {"report": str(page)})
    else:
        if result.failed:
            rows = [(failed.table, failed.check, failed.difference or failed.what) for failed in result.failed]
            console.table("Blocking checks that failed", ["table", "check", "difference"], rows)
        console.say(f"{result.summary}\nReport: {page}")
    if result.is_blocking:
        raise typer.Exit(QUALITY_GATE)


@cli.command()
def benchmark(
    gold: Annotated[
        Path | None,
        typer.Option(help="CSV or Parquet: uid or study_id, then label columns; default: the warehouse's annotations."),
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option(help="Label file to measure against --gold, PATH or NAME=PATH; repeat for more. No warehouse."),
    ] = None,
    by_row: Annotated[
        bool, typer.Option("--by-row", help="Label files without ids (CheXpert's own output) have the gold's rows.")
    ] = False,
    scheme: Annotated[
        str | None,
        typer.Option(help="Scheme of the gold's columns, chexpert14 or chestxray14; default: by the header."),
    ] = None,
    labeler: Annotated[
        list[str] | None,
        typer.Option("--labeler", "-l", help="Labeler of the warehouse to measure against --gold, or to compare."),
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="Labeler to compare with, in pairs on the same gold: difference, interval, p.")
    ] = None,
    published: Annotated[
        bool, typer.Option("--published", help="Show published figures of the same gold beside those measured here.")
    ] = False,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Measure labelers against human annotations: precision, recall, F1 with 95% intervals."""
    from app.commands import benchmark

    files = [(name if path else None, path or Path(name)) for name, path in map(_named_path, labels or [])]
    request = benchmark.Request(gold, scheme, labeler or [], files, by_row, against)
    benchmark.run(load_settings(warehouse=warehouse), request, published=published, as_json=as_json)


@cli.command()
def compare(
    first: Annotated[str, typer.Argument(help="A labeler, an annotator, a run_id of nlp.label_run, or a file.")],
    second: Annotated[str, typer.Argument(help="What to compare it with.")],
    finding: Annotated[
        list[str] | None, typer.Option("--finding", "-f", help="Only this finding, in full; repeat for more.")
    ] = None,
    mentions: Annotated[
        bool, typer.Option("--mentions", help="Compare mentions; files have study_id,start,end,finding,assertion.")
    ] = False,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Compare two labelers on the studies that both read: the 4 x 4 answers and kappa of every finding, or mentions.

    Files are label files as of 'cxr benchmark --labels' (.csv, .csv.gz, .parquet); two files need no warehouse.
    """
    from app.commands import compare

    compare.run(load_settings(warehouse=warehouse), first, second, finding or [], of_mentions=mentions, as_json=as_json)


@cli.command()
def status(warehouse: Warehouse = None, as_json: AsJson = False) -> None:
    """Show what is in the warehouse and which runs put it there."""
    from app.commands.status import status as read_status

    state = read_status(load_settings(warehouse=warehouse).warehouse)
    if as_json:
        console.emit_json(state)
        return
    console.say(f"[bold]{state['warehouse']}[/bold], {state['megabytes']} MB")
    tables, runs = state["tables"], state["runs"]
    if isinstance(tables, dict) and isinstance(runs, list):
        console.table("", ["table", "rows"], list(tables.items()))
        console.table(
            "Latest runs", ["run", "status", "started", "seconds", "items"], [tuple(row.values()) for row in runs]
        )


@cli.command()
def sql(
    text: Annotated[str, typer.Argument(metavar="QUERY", help="One query; '-' reads standard input.")],
    output_format: Annotated[query.Format, typer.Option("--format", "-f")] = "table",
    warehouse: Warehouse = None,
) -> None:
    """Query the warehouse, read-only."""
    query_text = sys.stdin.read() if text == "-" else text
    query.run(load_settings(warehouse=warehouse).warehouse, query_text, output_format)


if __name__ == "__main__":
    main()
