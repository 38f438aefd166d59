"""What a config may say: the whole file as pydantic models, with layers and optimizers by their `type`.

A layer or an optimizer declares its own keys, in its own file; here they are only gathered.
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
    """Stop where the validation accuracy has not improved for some epochs."""

    patience: Annotated[int, Ge(1), Le(100_000)]
    """Epochs without an improvement before training stops."""

    min_delta: Annotated[float, Ge(0), Le(1)] = 0.0
    """The least gain in accuracy, a fraction, that counts as an improvement."""


class Averaging(_Section):
    """Evaluate and save an average of the weights over the last steps, rather than the last step's."""

    decay: Annotated[float, Gt(0), Lt(1)] = 0.999
    """The part of the average that each step keeps: it reaches back over about 1 / (1 − decay) steps."""


class TrainConfig(_Section):
    """One training run: how long, how, and when it ends."""

    epochs: Annotated[int, Ge(1), Le(100_000)]
    """Passes over the training images."""

    batch_size: Annotated[int, Ge(1), Le(65_536)]
    """Images in one step."""

    optimizer: AnyOptimizer
    """What turns gradients into steps."""

    schedule: AnySchedule = Constant()
    """The learning rate over the steps, as a factor of the optimizer's."""

    label_smoothing: Annotated[float, Ge(0), Lt(1)] = 0.0
    """The part of a label's 1 that is spread evenly over all classes, in training only."""

    ema: Averaging | None = None
    """The exponential moving average of the weights; without it, the weights themselves are evaluated."""

    early_stopping: EarlyStopping | None = None
    """When to stop before the last epoch; without it, never."""

    seed: Annotated[int, Ge(0), Le(2**32 - 1)] = 0
    """The source of all chance: split, initial weights, order of images, dropout, augmentation."""


class DataConfig(_Section):
    """Where the images come from, and how many choose the best epoch."""

    dir: Path | None = None
    """A folder with the four IDX files; without it, the usual places."""

    validation: Annotated[int, Ge(1), Le(1_000_000)] = 5000
    """Training images that are held out to choose the best epoch."""

    augment: Annotated[tuple[AnyTransform, ...], MaxLen(20)] | None = None
    """How the training images are varied by chance, anew at each step; without it, not at all."""


class Config(_Section):
    """A network, its loss, and how it is trained."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
    """The name of the run folders: 1 to 64 letters, digits, - and _, a letter or digit first."""

    input: tuple[Side, Side, Side]
    """[channels, height, width] of an image."""

    layers: Annotated[tuple[AnyLayer, ...], MinLen(1), MaxLen(200)]
    """The layers, from the image to the output."""

    loss: LossName
    """The cost: mse is ½‖a − y‖²; cross_entropy is for a last activation of softmax or sigmoid."""

    train: TrainConfig
    """How the network is trained."""

    data: DataConfig = DataConfig()
    """The images that it is trained on."""
