"""An exercise: a batch, a network and their deltas and gradients, in a file that any implementation can read.

`CONVENTIONS`, which is part of every file, defines names and layouts. In memory, the batch axis comes last.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import numpy as np

from cnnbp_cli.config import Config, config_from_data, to_data
from cnnbp_cli.config.limits import EXACT_BYTES, activation_counts, too_large
from cnnbp_cli.config.problems import show_path
from cnnbp_cli.diagnosis.array_file import Contents, Format, packed, read_contents
from cnnbp_cli.diagnosis.forward import hypotheses
from cnnbp_cli.diagnosis.guess import Hypothesis
from cnnbp_cli.diagnosis.precision import OVERFLOW
from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import quoted
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.gradients.trace import Trace, trace
from cnnbp_cli.network import Network
from cnnbp_cli.numerics.arrays import Array

CONVENTIONS = """\
Layouts: input and deltas of maps (N, C, H, W); vectors (N, features); conv weights (maps, channels, rows, columns);
dense weights (out, in); biases (maps) or (out). Flatten takes (C, H, W) channel by channel, row by row.
input, labels (classes counted from 0) and target (one-hot) are the batch; NAME.weight and NAME.bias the parameters.
NAME.z is before the activation, NAME.a after it (where there is no activation, both are the layer's output).
Convolution is a cross-correlation: z_k[i,j] = sum_c,m,n w_k[c,m,n] x_c[i s + m, j s + n] + b_k; no flip.
C is the mean over the N samples of 1/2 |a - y|^2 (loss mse) or of -ln a_label (cross_entropy; with a sigmoid output
-sum_k y_k ln a_k + (1 - y_k) ln(1 - a_k)). So 1/N is in the output's delta, and in everything below it.
NAME.delta is dC/dz; where the layer has no activation, dC/da. NAME.grad_input is dC/d(the layer's input).
NAME.grad_weight and NAME.grad_bias are dC/d(weight) and dC/d(bias), summed over the batch.
Max pooling sends the whole delta to the largest cell; of equal cells to the first, row by row.
relu'(0) = 0. Dropout is off.
batch_norm normalises by the mean and the variance (over m, not m - 1) of this batch, over N or N, H, W; epsilon is in
the config. weight is its gamma, bias its beta.
id names the exercise. Copy it into your file, and a mix-up of exercises is noticed.
previous.input and previous.labels, if present, are the batch before this one, for code that keeps gradients between
batches. They do not belong in the answers.
"""

TEXTS = ("id", "config", "conventions", "seed")

ID_LENGTH = 12
"""Hexadecimal digits: enough that no two exercises of a course share an id."""

MAX_TRACE = 24 * 2**20
"""Bytes that the pass of a batch may keep; the search for a mistake takes up to eight times as much. A file of a few
bytes can describe a huge network or batch. This is enough for 30 images of LeNet-5, or 7 of configs/best.yaml."""

KEPT_TRACE = 4 * 2**20
"""Bytes of a pass up to which those with a mistake are kept."""


@dataclass(frozen=True, eq=False)
class Exercise:
    """A network, its parameters and a batch, with its forward and backward pass.

    Attributes
    ----------
    config
        The network and its loss.
    trace
        The batch's pass.
    previous
        The pass of the batch before, with the same parameters, where there is one.
    """

    config: Config
    trace: Trace
    previous: Trace | None = None

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        """The deltas and gradients that the exercise wants, by name."""
        return self.truth.tensors

    @cached_property
    def truth(self) -> Truth:
        """What is right, and the steps between the tensors; cached, since a class is judged by one."""
        return Truth(self.trace, self.previous)

    @property
    def forward_hypotheses(self) -> Iterable[Hypothesis]:
        """Mistakes in the forward pass, and what is right after each; cached as well, unless they are large.

        There are about ten for each layer, and each keeps a pass.
        """
        size = EXACT_BYTES * self.trace.labels.size * activation_counts(self.trace.network).total()
        return self._kept_hypotheses if size <= KEPT_TRACE else self._hypotheses()

    @cached_property
    def _kept_hypotheses(self) -> tuple[Hypothesis, ...]:
        return tuple(self._hypotheses())

    def _hypotheses(self) -> Iterator[Hypothesis]:
        return (Hypothesis(fit, Truth(changed, self.previous)) for fit, changed in hypotheses(self.trace))

    @cached_property
    def id(self) -> str:
        """A name of the exercise's questions: the same questions have the same one, others another."""
        digest = sha256(json.dumps(to_data(self.config), sort_keys=True).encode())
        for name in sorted(self.questions):
            if not name.endswith((".z", ".a")):  # they follow, and their last digits depend on the machine
                digest.update(f"{name} {self.questions[name].shape}".encode())
                digest.update(np.ascontiguousarray(self.questions[name], np.float64).tobytes())
        return digest.hexdigest()[:ID_LENGTH]

    @property
    def learning_rate(self) -> float:
        """η of the config's optimizer."""
        return float(self.config.train.optimizer.learning_rate)

    @cached_property
    def questions(self) -> dict[str, Array]:
        """What the exercise gives, by name, in the layouts of the file: batches, parameters and the forward pass."""
        given = _batch(self.trace)
        if self.previous:
            before = _batch(self.previous)
            given |= {f"previous.{name}": before[name] for name in ("input", "labels")}
        for layer in self.trace.layers:
            given |= {f"{layer.name}.{name}": array for name, array in layer.params.items()}
            given |= {f"{layer.name}.z": _batch_first(layer.z), f"{layer.name}.a": _batch_first(layer.a)}
        return given


def _batch(trace: Trace) -> dict[str, Array]:
    return {
        "input": _batch_first(trace.input),
        "labels": trace.labels.astype(np.int64),
        "target": _batch_first(trace.target),
    }


def _batch_first(array: Array) -> Array:
    return np.moveaxis(array, -1, 0)


def pack(exercise: Exercise, file_format: Format, *, questions_only: bool = False, seed: int | None = None) -> bytes:
    """The exercise as a file's bytes.

    Parameters
    ----------
    exercise
        The exercise.
    file_format
        The format of the file.
    questions_only
        Leave out every delta and gradient, and the seed.
    seed
        What makes the exercise again.
    """
    contents: dict[str, Array | str] = {
        "id": exercise.id,
        "config": json.dumps(to_data(exercise.config), ensure_ascii=False),
        "conventions": CONVENTIONS,
        **exercise.questions,
    }
    if not questions_only:
        contents |= {name: tensor.exchanged(tensor.right) for name, tensor in exercise.tensors.items()}
        contents |= {} if seed is None else {"seed": str(seed)}
    return packed(contents, file_format)


def has_answers(path: Path, exercise: Exercise) -> bool:
    """Whether an exercise's file has the deltas and gradients too, and so is the teacher's."""
    return exercise.tensors.keys() <= read_contents(path).keys()


def pack_answers(exercise: Exercise, file_format: Format) -> bytes:
    """A complete and right submission as a file's bytes."""
    answers = {name: tensor.exchanged(tensor.right) for name, tensor in exercise.tensors.items()}
    return packed({"id": exercise.id, **answers}, file_format)


def format_of(path: Path) -> Format:
    """The format of a file by its name: JSON for .json, else .npz."""
    return "json" if path.suffix.lower() == ".json" else "npz"


def check_size(network: Network, images: int, where: str) -> None:
    """Raise CnnbpError if an exercise with so many images would take too much memory."""
    for place, problem in too_large(network, images, MAX_TRACE, EXACT_BYTES):
        raise CnnbpError(problem, where=f"{where}, {show_path(place)}", hint="Make an exercise of fewer images.")


def read_exercise(path: Path) -> Exercise:
    """The exercise in a file. Answers in it are ignored: they are computed again.

    Raises
    ------
    CnnbpError
        The file is not an exercise; the message names what is missing or does not fit.
    """
    contents = read_contents(path)
    text = contents.get("config")
    if not isinstance(text, str):
        raise CnnbpError(
            "is not an exercise: it has no config", where=str(path), hint="Make one with cnnbp exercise make."
        )
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise CnnbpError("its config is not JSON", where=str(path)) from None
    config = config_from_data(data, f"{path}, config")
    network = Network(config.input, config.layers, config.loss)
    with_previous = "previous.input" in contents
    batches = [_read_batch(path, contents, network, before) for before in ("", "previous.")[: 1 + with_previous]]
    for _, labels in batches:
        check_size(network, labels.size, f"{path}, config")
    given = {name: _read(path, contents, name, shape) for name, shape in network.parameter_shapes().items()}
    params = network.zeros(np.float64)
    for name, array in params.named.items():
        array[...] = given[name]
    exercise = Exercise(config, *(trace(network, params, *batch) for batch in batches))
    if not all(np.abs(array).max(initial=0) < OVERFLOW for array in _computed(exercise)):
        hint = "Use smaller weights or inputs."
        raise CnnbpError("its forward or backward pass overflows: it has no right answers", where=str(path), hint=hint)
    if extra := contents.keys() - {*TEXTS, *exercise.questions, *exercise.tensors}:
        raise CnnbpError(
            f"is not an exercise: it holds {quoted(sorted(extra))}, which does not belong there", where=str(path)
        )
    return exercise


def _computed(exercise: Exercise) -> Iterator[Array]:
    """Everything that the exercise's passes compute; NaN compares as an overflow."""
    for one in (exercise.trace, exercise.previous):
        for layer in one.layers if one else ():
            yield from (layer.z, layer.a, layer.delta, layer.grad_input, *layer.grads.values())


def _read_batch(path: Path, contents: Contents, network: Network, before: str = "") -> tuple[Array, Array]:
    labels = _read(path, contents, f"{before}labels", None).reshape(-1)
    classes = network.output_shape[0]
    if not labels.size or not np.isin(labels, np.arange(classes)).all():
        raise CnnbpError(
            f"{before}labels must be whole numbers from 0 to {classes - 1}, one per sample", where=str(path)
        )
    images = _read(path, contents, f"{before}input", (labels.size, *network.input_shape))
    return np.moveaxis(images, 0, -1), labels.astype(np.intp)


def _read(path: Path, contents: Contents, name: str, shape: tuple[int, ...] | None) -> Array:
    array = contents.get(name)
    if not isinstance(array, np.ndarray):
        raise CnnbpError(f"is not an exercise: it has no {name}", where=str(path))
    if shape is not None and array.shape != shape:
        raise CnnbpError(f"{name} has the shape {array.shape}; the config needs {shape}", where=str(path))
    if not np.isfinite(array).all():
        raise CnnbpError(f"{name} holds numbers that are not finite", where=str(path))
    return array
