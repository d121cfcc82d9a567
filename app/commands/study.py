"""``cxr study``: published studies run on the warehouse, their figures beside ours. Needs the extra 'train'."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands import study_images
from app.commands.train import training_set
from app.options import AsJson, Warehouse
from warehouse.config import load_settings
from warehouse.errors import ConfigError

cli = typer.Typer(help="Run a published study on the warehouse; published figures beside ours.", no_args_is_help=True)

for name, summary in study_images.SUMMARIES.items():
    cli.command(name)(study_images.command(name, summary))


@cli.command("text-baseline")
def text_baseline(
    backbone: Annotated[
        list[str] | None, typer.Option(help="May be repeated; default: the six of the paper.", show_default=False)
    ] = None,
    head: Annotated[
        list[str] | None, typer.Option(help="pooled, cnn, bilstm; may be repeated; default: all.", show_default=False)
    ] = None,
    setting: Annotated[
        list[str] | None, typer.Option(help="Tokens x batch size; may be repeated.", show_default="128x32, 256x64")
    ] = None,
    dataset: Annotated[str, typer.Option(help="Data set of the reports.")] = "openi",
    labeler: Annotated[str, typer.Option(help="Whose labels; the paper's: mimic_chexpert.")] = "cxr",
    policy: Annotated[str, typer.Option(help="How labels become targets.")] = "u_ignore",
    text: Annotated[str, typer.Option(help="findings, impression or findings+impression.")] = "findings",
    split: Annotated[str, typer.Option(help="patient, or the release's own: release.")] = "patient",
    studies: Annotated[Path | None, typer.Option(help="CSV with a column study_id or uid: the only studies.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Upper limit of epochs.", show_default="8")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder; what is finished there is not trained again.")
    ] = Path("cxr-studies/text-baseline"),
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Labels from FINDINGS by six language models and three heads (IEEE Access 10529271), resumable."""
    from models.training.nets.transformer import known_backbones
    from models.training.studies import texts
    from warehouse.connection import read_only
    from warehouse.findings import scheme

    settings = load_settings(warehouse=warehouse)
    chosen = training_set(
        studies, dataset, labeler, policy=policy, text=text, split=split, findings=tuple(scheme("chexpert14").values())
    )
    cells = texts.grid(
        backbone or list(known_backbones()),
        head or ["pooled", "cnn", "bilstm"],
        [_setting(each) for each in setting or texts.SETTINGS],
        epochs=epochs,
        device=device,
        seed=seed,
    )
    with console.progress() as progress, read_only(settings.warehouse) as con:
        result = texts.run(con, settings, chosen, cells, output, progress=progress)
    if as_json:
        console.emit_json(result)
    else:
        console.out.print(texts.page(result), soft_wrap=True, markup=False)
        console.say(f"Written to {output}")


def _setting(text: str) -> tuple[int, int]:
    length, _, size = text.partition("x")
    if not (length.isdecimal() and size.isdecimal()):
        raise ConfigError(f"'{text}' is no setting", fix="Give tokens x batch size: 128x32")
    return int(length), int(size)
