"""Scoring on a Ray cluster: the scores of this machine, from a real local cluster."""

from __future__ import annotations

import importlib.util
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.network.manifest import WEIGHTS_FILE
from models.scoring import Options, score_image_file, score_report_file
from models.scoring.batches import Worker
from tests.support.image_networks import add_network, draw
from warehouse.config import Settings
from warehouse.errors import WarehouseError
from warehouse.ray_pool import load_ray

needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra 'ray' is not installed")


@pytest.fixture(scope="module")
def _cluster() -> Iterator[None]:
    ray = load_ray()
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield
    ray.shutdown()


@pytest.mark.slow
@needs_ray
@pytest.mark.usefixtures("_cluster")
def test_the_scores_are_those_of_this_machine(tmp_path: Path) -> None:
    """Byte for byte, failures included."""
    settings = Settings(zoo=tmp_path / "zoo", threads=1)
    add_network(settings.zoo)
    for i in range(60):
        draw(tmp_path / "images" / f"{i:02d}.png", i)
    (tmp_path / "images" / "07.png").write_bytes(b"")
    lines = [f"{i},{'No effusion. ' * (i % 40)}" for i in range(100)]
    (tmp_path / "reports.csv").write_text("\n".join(["study_id,text", *lines]))
    for engine in ("local", "ray"):
        score_image_file(
            tmp_path / "images", tmp_path / f"{engine}.csv", Options("tiny", engine=engine), settings=settings
        )
        score_report_file(
            tmp_path / "reports.csv",
            tmp_path / f"{engine}_reports.csv",
            Options("report_findings", engine=engine),
            settings=settings,
            shard_size=30,
        )
    for name in ("{}.csv", "{}.failures.csv", "{}_reports.csv"):
        local, ray = (tmp_path / name.format(engine) for engine in ("local", "ray"))
        assert ray.read_bytes() == local.read_bytes()


@pytest.mark.slow
@needs_ray
@pytest.mark.usefixtures("_cluster")
def test_a_cluster_without_a_gpu_says_so(tmp_path: Path) -> None:
    from models.scoring import batches

    weights = (add_network(tmp_path) / WEIGHTS_FILE).read_bytes()
    with pytest.raises(WarehouseError, match="has no GPU"):
        list(batches.on_ray(Worker(weights, ("probabilities",), "cuda"), [[None]]))


def test_a_worker_travels_without_its_session(tmp_path: Path) -> None:
    weights = (add_network(tmp_path) / WEIGHTS_FILE).read_bytes()
    worker = Worker(weights, ("probabilities",), "cpu")
    assert worker.network is worker.network
    assert len(pickle.dumps(worker)) < len(weights) + 1000
    assert pickle.loads(pickle.dumps(worker)).network.findings == worker.network.findings
