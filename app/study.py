"""``cxr study``: published studies run on the warehouse, their figures beside ours. Needs the extra 'train'."""

from __future__ import annotations

import typer

from app import study_images

cli = typer.Typer(help="Run a published study on the warehouse; published figures beside ours.", no_args_is_help=True)
cli.command("resolution")(study_images.resolution)
cli.command("image-baseline")(study_images.image_baseline)
