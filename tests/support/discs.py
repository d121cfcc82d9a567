"""Made-up radiographs, and a recipe that learns them: a bright disc is an effusion, a dark bar cardiomegaly."""

from __future__ import annotations

import cv2
import numpy as np

from models.training.image_examples import Examples
from models.training.image_recipe import ImageRecipe

SIZE = 32
FINDINGS = ("pleural_effusion", "cardiomegaly")
RECIPE = ImageRecipe(
    architecture="test_resnet",
    initial_weights="random",
    resolution=SIZE,
    channels=1,
    frozen_stages=0,
    epochs=10,
    patience=10,
    batch_size=8,
    learning_rate=2e-3,
)


def draw(i: int) -> tuple[np.ndarray, list[float]]:
    """Return a radiograph and whether it has a disc at the bottom left and a bar in the middle."""
    rng = np.random.default_rng(i)
    targets = (rng.random(2) < 0.4).astype(float).tolist()
    image = rng.normal(90, 12, (SIZE, SIZE)).clip(0, 255).astype(np.uint8)
    if targets[0]:
        cv2.circle(image, (8, 24), 5, 230, -1)
    if targets[1]:
        cv2.rectangle(image, (14, 6), (24, 10), 10, -1)
    return image, targets


def drawn(n: int) -> Examples:
    images, targets = zip(*(draw(i) for i in range(n)), strict=True)
    return Examples(np.stack(images), np.arange(n), np.array(targets, np.float32))
