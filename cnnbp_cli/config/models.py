"""The config file as pydantic models; layers, optimizers, schedules and augmentations are chosen by their `type`.

Each layer or optimizer declares its own keys in its own file. This module only collects them.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, ConfigDict, Field

from cnnbp_cli.augmentation import TRANSFORMS, Transform
from cnnbp_cli.layers import LAYERS
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.losses import LossName
from cnnbp_cli.optimizers import OPTIMIZERS, SCHEDULES, Constant, Optimizer, Schedule

if TYPE_CHECKING:
    AnyLayer: TypeAlias = Layer
    AnyOptimizer: TypeAlias = Optimizer
    AnySchedule: TypeAlias = Schedule
    AnyTransform: TypeAlias = Transform
else:
    AnyLayer = Annotated[reduce(or_, LAYERS), Field(discriminator="type")]
    AnyOptimizer = Annotated[reduce(or_, OPTIMIZERS), Field(discriminator="type")]
    AnySchedule = Annotated[reduce(or_, SCHEDULES), Field(discriminator="type")]
    AnyTransform = Annotated[reduce(or_, TRANSFORMS), Field(discriminator="type")]

Side: TypeAlias = Annotated[int, Ge(1), Le(4096)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class EarlyStopping(_Section):
    """Stop training when the validation accuracy has not improved for some epochs."""

    patience: Annotated[int, Ge(1), Le(100_000)]
    """Number of epochs without improvement after which training stops."""

    min_delta: Annotated[float, Ge(0), Le(1)] = 0.0
    """Smallest gain in accuracy (a fraction, 0.01 is one percentage point) that counts as an improvement."""


class Averaging(_Section):
    """Evaluate and save a moving average of the weights instead of the weights after the last step."""

    decay: Annotated[float, Gt(0), Lt(1)] = 0.999
    """Fraction of the average kept at each step; the average covers about the last 1 / (1 − decay) steps."""


class TrainConfig(_Section):
    """How the network is trained, and for how long."""

    epochs: Annotated[int, Ge(1), Le(100_000)]
    """Number of passes over the training images."""

    batch_size: Annotated[int, Ge(1), Le(65_536)]
    """Number of images per step."""

    optimizer: AnyOptimizer
    """The rule that updates the weights from their gradients."""

    schedule: AnySchedule = Constant()
    """How the learning rate changes over the steps: a factor on the optimizer's learning rate."""

    label_smoothing: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Fraction of each one-hot target that is spread evenly over all classes, during training only."""

    ema: Averaging | None = None
    """Exponential moving average of the weights. If left out, the weights themselves are evaluated and saved."""

    early_stopping: EarlyStopping | None = None
    """When to stop before the last epoch. If left out, training runs all epochs."""

    seed: Annotated[int, Ge(0), Le(2**32 - 1)] = 0
    """Random seed for the validation split, initial weights, image order, dropout and augmentation."""


class DataConfig(_Section):
    """Where the images come from, and how many are held out for validation."""

    dir: Path | None = None
    """Folder of the data set (four IDX files, or pictures per class), or the name of a published set, such as
    fashion-mnist. If left out, the default locations are searched."""

    validation: Annotated[int, Ge(1), Le(1_000_000)] = 5000
    """Number of training images held out for validation, which selects the best epoch."""

    augment: Annotated[tuple[AnyTransform, ...], MaxLen(20)] | None = None
    """Random transforms applied to the training images at every step. If left out, images are used as they are."""


class Config(_Section):
    """A network, its loss, and how it is trained."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
    """A name for the run folders: 1 to 64 letters, digits, - and _, starting with a letter or digit."""

    input: tuple[Side, Side, Side]
    """Shape of an image: [channels, height, width]."""

    layers: Annotated[tuple[AnyLayer, ...], MinLen(1), MaxLen(200)]
    """The layers, from the image to the output."""

    loss: LossName
    """Cost function: mse is ½‖a − y‖²; cross_entropy needs softmax or sigmoid as the last activation."""

    train: TrainConfig
    """How the network is trained."""

    data: DataConfig = DataConfig()
    """The images the network is trained on."""


def with_data_dir(config: Config, folder: Path | None) -> Config:
    """The config with another `data.dir`."""
    return config.model_copy(update={"data": config.data.model_copy(update={"dir": folder})})
