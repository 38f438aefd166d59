"""Write a training run as TensorBoard event files: curves, histograms of weights and gradients, images of kernels.

The gradient is that of the mean cost over a sample of the training images, at the weights at the end of an epoch. It is
computed from copies, so writing event files does not change a single bit of the training.
"""

from __future__ import annotations

import os
import secrets
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorboardX import SummaryWriter

from cnnbp_cli.network import Parameters
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.training.batch import BatchGradients
from cnnbp_cli.training.events import EpochDone, Event, RunDone
from cnnbp_cli.training.metrics import EpochMetrics
from cnnbp_cli.training.start import Training

FOLDER = "tensorboard"

SAMPLE = 512
"""Training images in the gradient."""

PIXELS_PER_WEIGHT = 8
"""Side of the square that shows one weight of a kernel."""


class EventFiles:
    """Writes the events of a run into `tensorboard/` in the run folder. A context manager."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._batch = BatchGradients(training.network, training.config.train.seed, SAMPLE)
        folder, state, first = training.run.folder / FOLDER, training.state, 1
        missing = state.rows if not any(folder.glob("events.out.tfevents.*")) else []
        if training.resumed_from:
            first = state.epoch if state.batch else max(1, state.epoch - 1)
        self._writer: Any = SummaryWriter(
            str(folder),
            purge_step=first,  # TensorBoard ignores what earlier processes wrote from this epoch on
            filename_suffix=f".{os.getpid()}.{secrets.token_hex(4)}",  # by itself the name has only second and host
        )
        for row in missing[: first - 1]:
            self._metrics(row)
        if state.rows and first == state.rows[-1].epoch:  # saved, but a killed process may not have written it here
            self._epoch(state.rows[-1])
        self._writer.flush()

    def __enter__(self) -> EventFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def show(self, event: Event) -> None:
        """Write the results of an epoch, or of the run."""
        if isinstance(event, EpochDone):
            self._epoch(event)
        elif isinstance(event, RunDone):
            self._scalars(event.best_epoch, {"loss/test": event.test_loss, "accuracy/test": event.test_accuracy})
        self._writer.flush()

    def _metrics(self, row: EpochDone | EpochMetrics) -> None:
        self._scalars(
            row.epoch,
            {
                "loss/train": row.train_loss,
                "loss/validation": row.validation_loss,
                "accuracy/validation": row.validation_accuracy,
                "learning_rate": row.learning_rate,
                "images_per_second": row.images_per_second,
            },
        )

    def _epoch(self, event: EpochDone | EpochMetrics) -> None:
        self._metrics(event)
        params = self._training.state.params
        for kind, arrays in {"weights": params, "gradients": self._gradient(params)}.items():
            for name, array in arrays.named.items():
                self._writer.add_histogram(f"{kind}/{name}", array.ravel(), event.epoch)
        for name, array in params.named.items():
            if array.ndim == 4:
                self._writer.add_image(f"kernels/{name}", picture(array), event.epoch)

    def _scalars(self, epoch: int, values: dict[str, float | None]) -> None:
        for name, value in values.items():
            if value is not None:
                self._writer.add_scalar(name, value, epoch)

    def _gradient(self, params: Parameters) -> Parameters:
        data, grads = self._training.data, params.like()
        places = data.train[:SAMPLE]
        self._batch.gradients(
            params,
            data.images.images[places],
            data.images.labels[places],
            grads,
            step=0,
            scale=1 / len(places),
        )
        return grads


def picture(kernels: Array) -> NDArray[np.uint8]:
    """Kernels (K, C, kh, kw) as a grey image (1, height, width): a grid with a row per map and a column per channel.

    0 is middle grey; black and white are minus and plus the largest absolute weight of the layer.
    """
    largest = float(np.abs(kernels).max()) or 1.0
    greys = np.rint(127.5 + 127.5 / largest * kernels.astype(np.float64)).astype(np.uint8)
    scaled = greys.repeat(PIXELS_PER_WEIGHT, axis=2).repeat(PIXELS_PER_WEIGHT, axis=3)
    framed = np.pad(scaled, ((0, 0), (0, 0), (1, 1), (1, 1)))
    maps, channels, height, width = framed.shape
    return framed.transpose(0, 2, 1, 3).reshape(1, maps * height, channels * width)
