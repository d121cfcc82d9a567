"""All that decides how an image network is trained, as one checked value. Needs the extra 'train'."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.network.manifest import ImagePreprocessing
from models.training.augment import Augmentation
from models.training.nets.weights import PACKAGED, PACKAGED_MEAN, PACKAGED_STD, mean_and_std
from warehouse.choices import ClassWeights, Fit
from warehouse.errors import ConfigError

MAX_GRADIENT_NORM = 1.0
WARM_UP = 0.2


class ImageRecipe(BaseModel):
    """All that decides how an image network is trained; recorded in its manifest.

    Attributes
    ----------
    architecture : str
        As timm calls it.
    initial_weights : str
        ``imagenet``, ``random`` or a checkpoint file.
    resolution : int
        Rows and columns of the input.
    fit, is_equalized, channels
        As `models.network.manifest.ImagePreprocessing`.
    frozen_stages : int
        Stages of the backbone, from the stem on, that keep their initial weights.
    statistics : {'held', 'learned'}
        Whether batch normalisation keeps the statistics of the initial weights.
    outputs : {'multi_label', 'one_vs_rest'}
        One network with an output for each finding, or a network for each.
    epochs : int
        Upper limit; the learning rate falls to zero at it.
    patience : int
        Epochs without a better loss on validation after which training ends.
    mixup : float
        Parameter of the beta distribution of Zhang et al. 2018 (arXiv 1710.09412); 0 for none.
    class_weights : {'none', 'root'}
        Weight of a positive: 1, or the root of negatives per positive, at most ``max_class_weight``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    architecture: str = PACKAGED
    initial_weights: str = "imagenet"
    resolution: int = Field(224, ge=16)
    fit: Fit = "pad"
    is_equalized: bool = False
    channels: Literal[1, 3] = 3
    frozen_stages: int = Field(4, ge=0)
    statistics: Literal["held", "learned"] = "learned"
    outputs: Literal["multi_label", "one_vs_rest"] = "multi_label"
    epochs: int = Field(5, ge=1)
    patience: int = Field(3, ge=1)
    batch_size: int = Field(32, ge=1)
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.05, ge=0)
    dropout: float = Field(0.2, ge=0, lt=1)
    mixup: float = Field(0.0, ge=0)
    class_weights: ClassWeights = "none"
    max_class_weight: float = Field(5.0, ge=1)
    augmentation: Augmentation = Augmentation()

    def preprocessing(self) -> ImagePreprocessing:
        """Return the preprocessing of networks of this recipe; mean and deviation are those of ImageNet's weights."""
        if self.architecture == PACKAGED:
            mean, std = [PACKAGED_MEAN] * self.channels, [PACKAGED_STD] * self.channels
        else:
            mean, std = mean_and_std(self.architecture, self.channels)
        return ImagePreprocessing(
            size=self.resolution,
            fit=self.fit,
            is_equalized=self.is_equalized,
            channels=self.channels,
            mean=mean,
            std=std,
        )

    def as_table(self) -> dict[str, str | float | int | None]:
        """Return the recipe as one flat table, for the manifest."""
        flat = self.model_dump(exclude={"architecture", "initial_weights", "augmentation"})
        drawn = {f"augmentation_{name}": value for name, value in self.augmentation.model_dump().items()}
        fixed = {
            "loss": "binary cross-entropy, mean over the targets that there are",
            "optimizer": "AdamW, one cycle",
            "warm_up": WARM_UP,
            "max_gradient_norm": MAX_GRADIENT_NORM,
            "flips": "none",
        }
        return {**fixed, **{k: str(v) if isinstance(v, bool) else v for k, v in flat.items()}, **drawn}


def make_recipe(**changes: object) -> ImageRecipe:
    """Return the recipe of `image_findings` with some of it changed; None changes nothing.

    The default's frozen stages are those of its architecture: another is trained whole.

    Raises
    ------
    ConfigError
        A value that no recipe may have.
    """
    given = {key: value for key, value in changes.items() if value is not None}
    if given.get("architecture", PACKAGED) != PACKAGED or given.get("initial_weights") == "random":
        given = {"frozen_stages": 0, "statistics": "learned"} | given
    try:
        return ImageRecipe.model_validate(given)
    except ValidationError as error:
        raise _unusable(error) from None


def make_preprocessing(**values: object) -> ImagePreprocessing:
    """Return a preprocessing of options.

    Raises
    ------
    ConfigError
        A value that none may have.
    """
    try:
        return ImagePreprocessing.model_validate(values)
    except ValidationError as error:
        raise _unusable(error) from None


def _unusable(error: ValidationError) -> ConfigError:
    first = error.errors()[0]
    field = "-".join(str(part) for part in first["loc"]).replace("_", "-")
    return ConfigError(f"--{field}: {first['msg']}" if field else str(first["msg"]))
