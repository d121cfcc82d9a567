"""Files of images to rows of scores, DenseNet121 at 224: the engine beside torch and torchxrayvision.

The networks have random weights: speed does not depend on them. The images are ChestX-ray14's (`SHARED`), as they are
there (shorter side 288) and enlarged to the size of an original; hard links give them as many names as a run takes.
Every way reads the same files and writes a CSV; all run in this process or below it, one after the other, and the
fastest of the rounds counts.

- the engine: `models.scoring.score_image_file`, fp32, and int8 as `cxr models quantize` makes it;
- torch: PIL, one batch after the other, inference_mode, in batches as large as is usual and as the engine's;
- torchxrayvision: its own network and reading, one image at a time, as its README has it.

Decoding and inference are measured alone too, each with all cores. Memory is what all processes hold together (PSS).
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import batched, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.setting import SHARED, machine, peak_memory, write_result
from models.network import manifest, registry
from models.network.image_files import walk
from models.network.manifest import ImagePreprocessing, Manifest
from models.network.pixels import read_image, read_images
from models.scoring import Options, batches, score_image_file
from models.training import quantized_weights
from models.training.nets import torch
from models.training.onnx_export import OPSET, write_onnx
from warehouse import findings, pool, runs
from warehouse.config import Settings

SIZE = 224
USUAL_BATCH = 16
N_IMAGES, N_ROUNDS = 400, 3
FULL_SIZE = (2500, 3000)
MEMORY_SIZES = (1_000, 5_000, 50_000)
N_CALIBRATION = 64
PREPROCESSING = ImagePreprocessing(
    size=SIZE, fit="crop", is_equalized=False, channels=3, mean=[123.7, 116.3, 103.5], std=[58.4, 57.1, 57.4]
)
TINY = PREPROCESSING.model_copy(update={"size": 64})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few images, no result written")
    parser.add_argument("--no-memory", action="store_true", help="leave out the runs of up to 50,000 images")
    arguments = parser.parse_args()
    description = machine()
    packages = ("onnxruntime", "torch", "timm", "torchxrayvision", "pillow", "opencv-python-headless")
    description["versions"] |= {package: version(package) for package in packages}
    n_images, n_rounds = (64, 1) if arguments.quick else (N_IMAGES, N_ROUNDS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = sorted((SHARED / "nih_images").glob("*.jpg"))
        images = {
            "288": link(sources, folder / "small", n_images),
            "x".join(map(str, FULL_SIZE)): link(enlarged(sources[:40], folder / "drawn"), folder / "full", n_images),
        }
        settings = Settings(zoo=folder / "zoo")
        add_network(settings.zoo, "densenet121", densenet121(), PREPROCESSING)
        add_network(settings.zoo, "tiny", tiny(), TINY)
        add_int8(settings.zoo, np.stack([read_image(path, PREPROCESSING) for path in sources[:N_CALIBRATION]]))
        rows = [row for size, place in images.items() for row in measure(size, place, settings, n_rounds)]
        memory = []
        if not arguments.no_memory:
            for n in MEMORY_SIZES[: 1 if arguments.quick else None]:
                place = link(sources, folder / f"many{n}", n)
                with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
                    memory.append(process.submit(measure_memory, place, settings.zoo).result())
                print(
                    "{n_images:6,} images: {images_per_second:6.0f}/s, {peak_mb:,.0f} MB".format(**memory[-1]),
                    flush=True,
                )
    result = {
        "machine": description,
        "network": "DenseNet121",
        "size": SIZE,
        "n_rounds": n_rounds,
        "rows": rows,
        "memory": memory,
    }
    if arguments.quick:
        print(json.dumps(rows, indent=1))
    else:
        print(f"wrote {write_result('image_scoring', result)}")


def link(sources: list[Path], folder: Path, n: int) -> Path:
    """Give ``n`` names to the files of a list."""
    folder.mkdir(parents=True)
    for i in range(n):
        source = sources[i % len(sources)]
        try:
            (folder / f"{i:06d}.jpg").hardlink_to(source)
        except OSError:  # another file system
            (folder / f"{i:06d}.jpg").symlink_to(source)
    return folder


def enlarged(sources: list[Path], folder: Path) -> list[Path]:
    """Write JPEG files of the size of an original radiograph."""
    folder.mkdir()
    for path in sources:
        with Image.open(path) as image:
            image.convert("L").resize(FULL_SIZE, Image.Resampling.BICUBIC).save(folder / path.name, quality=90)
    return sorted(folder.iterdir())


def measure(size: str, folder: Path, settings: Settings, n_rounds: int) -> list[dict[str, Any]]:
    """Measure every way over the images of a folder, in turn, and keep the fastest round of each."""
    n = len(list(folder.iterdir()))
    ways: dict[str, Callable[[], object]] = {
        "decoding alone": lambda: decode(folder, settings.threads),
        "inference alone": lambda: infer(n, settings, "densenet121"),
        "engine": lambda: run_engine(folder, settings, "densenet121"),
        "inference alone, int8": lambda: infer(n, settings, "densenet121_int8"),
        "engine, int8": lambda: run_engine(folder, settings, "densenet121_int8"),
        **{
            f"torch, batches of {n_rows}": lambda n_rows=n_rows: run_torch(folder, settings.threads, n_rows)
            for n_rows in (USUAL_BATCH, batches.CPU_BATCH)
        },
        "torchxrayvision, one image at a time": lambda: run_torchxrayvision(folder, settings.threads),
    }
    seconds = dict.fromkeys(ways, float("inf"))
    for _ in range(n_rounds):
        for way, work in ways.items():
            clock = time.perf_counter()
            work()
            seconds[way] = min(seconds[way], time.perf_counter() - clock)
            print(f"{size:10} {way:40} {n / seconds[way]:7.1f} images/s", flush=True)
    return [{"size": size, "way": way, "n_images": n, "images_per_second": n / seconds[way]} for way in ways]


def decode(folder: Path, processes: int) -> None:
    """Read every image as the engine's processes do, and throw it away."""
    files = [str(folder / name) for name in walk(folder)]
    for _ in pool.map_batches(
        read_images, map(list, batched(files, batches.CPU_BATCH)), PREPROCESSING, processes=processes
    ):
        pass


def infer(n: int, settings: Settings, model: str) -> None:
    """Run the network on as many images of noise, batch after batch."""
    _, network = registry.load(model, zoo=settings.zoo)
    noise = np.random.default_rng(0).integers(0, 256, (batches.CPU_BATCH, SIZE, SIZE), dtype=np.uint8)
    for _ in pool.map_threads(network.run, repeat(noise, n // len(noise)), threads=settings.threads):
        pass


def run_engine(folder: Path, settings: Settings, model: str) -> None:
    score_image_file(folder, folder.parent / "scores.csv", Options(model), settings=settings)


def run_torch(folder: Path, threads: int, n_rows: int) -> None:
    """Read and score batch after batch with torch."""
    torch.set_num_threads(threads)
    net = densenet121().eval()
    with (folder.parent / "torch.csv").open("w", newline="") as file, torch.inference_mode():
        writer = csv.writer(file)
        for names in batched(walk(folder), n_rows):
            pixels = np.stack([square(folder / name) for name in names])
            probabilities, _ = net(torch.from_numpy(pixels))
            writer.writerows([name, *row] for name, row in zip(names, probabilities.tolist(), strict=True))


def square(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        grey = image.convert("L")
        side = min(grey.size)
        left, top = (grey.width - side) // 2, (grey.height - side) // 2
        return np.asarray(
            grey.crop((left, top, left + side, top + side)).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
        )


def run_torchxrayvision(folder: Path, threads: int) -> None:
    """Score one image after the other as torchxrayvision's README does, with its network's layout and no weights."""
    import skimage.io
    import torchvision
    import torchxrayvision as xrv

    torch.set_num_threads(threads)
    net = xrv.models.DenseNet(num_classes=18, weights=None).eval()
    transform = torchvision.transforms.Compose(
        [xrv.datasets.XRayCenterCrop(), xrv.datasets.XRayResizer(SIZE, engine="cv2")]
    )
    with (folder.parent / "xrv.csv").open("w", newline="") as file, torch.no_grad():
        writer = csv.writer(file)
        for name in walk(folder):
            image = xrv.datasets.normalize(skimage.io.imread(folder / name), 255)
            grey = transform((image.mean(2) if image.ndim == 3 else image)[None])
            writer.writerow([name, *net(torch.from_numpy(grey)[None])[0].tolist()])


def measure_memory(folder: Path, zoo: Path) -> dict[str, Any]:
    """Score a folder with a small network in a process of its own."""
    settings, n = Settings(zoo=zoo), len(list(folder.iterdir()))
    clock = time.perf_counter()
    with peak_memory(os.getpid()) as peak:
        run_engine(folder, settings, "tiny")
    return {"n_images": n, "images_per_second": n / (time.perf_counter() - clock), "peak_mb": peak[0]}


class Scorer(torch.nn.Module):  # type: ignore[misc,name-defined]
    """From grey levels (batch, size, size) to probabilities and embedding, the normalisation inside."""

    def __init__(self, body: Any, width: int, n_outputs: int, preprocessing: ImagePreprocessing) -> None:
        super().__init__()
        self.body, self.head = body, torch.nn.Linear(width, n_outputs)
        self.register_buffer("mean", torch.tensor(preprocessing.mean).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(preprocessing.std).view(1, -1, 1, 1))

    def forward(self, pixels: Any) -> tuple[Any, Any]:
        """Return both outputs."""
        embedding = self.body((pixels.float()[:, None] - self.mean) / self.std)
        return torch.sigmoid(self.head(embedding)), embedding


def densenet121() -> Any:
    import timm

    torch.manual_seed(0)
    return Scorer(timm.create_model("densenet121", num_classes=0), 1024, len(outputs()), PREPROCESSING)


def tiny() -> Any:
    torch.manual_seed(0)
    body = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 5, stride=4), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()
    )
    return Scorer(body, 8, len(outputs()), TINY)


def outputs() -> list[str]:
    return list(findings.scheme("chexpert14").values())


def add_network(zoo: Path, name: str, net: Any, preprocessing: ImagePreprocessing) -> None:
    """Export a network into a zoo."""
    folder = zoo / name / "1.0.0"
    folder.mkdir(parents=True)
    example = torch.zeros(2, preprocessing.size, preprocessing.size, dtype=torch.uint8)
    properties = {"findings": json.dumps(outputs()), "preprocessing": preprocessing.model_dump_json()}
    write_onnx(
        net, {"pixels": example}, {"pixels": {0: torch.export.Dim("batch")}}, ["probabilities", "embedding"],
        properties, folder / manifest.WEIGHTS_FILE,
    )  # fmt: skip
    describe(folder, preprocessing)


def describe(folder: Path, preprocessing: ImagePreprocessing) -> None:
    """Write the manifest of a network of the benchmark."""
    described = Manifest(
        name=folder.parent.name, version=folder.name, task="benchmark", input="image", findings=outputs(),
        preprocessing=preprocessing, training_data=None, training=None, metrics={}, metrics_in_words="none",
        thresholds=dict.fromkeys(outputs(), 0.5), licence="none", opset=OPSET, max_difference_from_torch=0.0,
        weights_sha=runs.fingerprint(folder / manifest.WEIGHTS_FILE), created=datetime.now(UTC), product_version="0",
    )  # fmt: skip
    (folder / manifest.MANIFEST_FILE).write_text(described.model_dump_json(), encoding="utf-8")


def add_int8(zoo: Path, images: NDArray[np.uint8]) -> None:
    """Make the int8 network of DenseNet121 as `models.training.int8` makes one."""
    source, folder = zoo / "densenet121" / "1.0.0", zoo / "densenet121_int8" / "1.0.0"
    folder.mkdir(parents=True)
    quantized_weights.static(source / manifest.WEIGHTS_FILE, folder / manifest.WEIGHTS_FILE, images)
    describe(folder, PREPROCESSING)


if __name__ == "__main__":
    main()
