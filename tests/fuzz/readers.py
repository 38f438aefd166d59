"""Every reader of files that strangers may have written: real files to start from, and what may come of any other."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from cnnbp_cli.config import Config, load_config
from cnnbp_cli.diagnosis.answers import read_answers
from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.diagnosis.exchange import Exercise, pack, read_exercise
from cnnbp_cli.diagnosis.exercise import make_exercise
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.grading.roster import Student, read_roster
from cnnbp_cli.grading.rubric import Rubric, read_rubric
from cnnbp_cli.grading.tensor_names import names_of
from cnnbp_cli.grading.variants import OwnExercise, key_text, read_key
from cnnbp_cli.mnist.idx import read_idx
from cnnbp_cli.mnist.photograph import see
from cnnbp_cli.mnist.picture_file import read_picture
from cnnbp_cli.network import Network
from cnnbp_cli.sweeps.load import load_sweep
from cnnbp_cli.sweeps.points import Point, count, points
from cnnbp_cli.training.checkpoint import load_checkpoint, to_bytes
from cnnbp_cli.training.metrics import EpochMetrics
from cnnbp_cli.training.state import State
from tests.fuzz.mutators import Mutator, plain, within_gzip, within_npz, within_png
from tests.hostile.mat_attacks import mat
from tests.mnist.idx_files import DATA, idx_bytes

CONFIGS = Path(__file__).parents[2] / "configs"

TINY = """\
name: tiny
input: [1, 5, 4]
layers:
  - {type: conv2d, filters: 2, kernel_size: 2, activation: relu}
  - {type: max_pool2d, pool_size: 2}
  - {type: flatten}
  - {type: dense, units: 3, activation: softmax}
loss: cross_entropy
train: {epochs: 2, batch_size: 4, optimizer: {type: adam, learning_rate: 0.01}, schedule: {type: one_cycle}}
data: {validation: 4}
"""


class Reader(NamedTuple):
    """A reader, as a fuzzer sees it."""

    read: Callable[[Path], object]
    """Reads a file that may hold anything; whatever it raises but CnnbpError is a find."""
    seeds: Callable[[], Iterable[bytes]]
    """Real files."""
    mutator: Mutator = plain
    """Changes what is within the checksums too, where there are some."""

    def try_on(self, path: Path) -> bool:
        """Whether the file was accepted. Raises AssertionError where what is said of it is not fit for a terminal."""
        try:
            self.read(path)
        except CnnbpError as error:
            assert str(path) in str(error) or "--set" in str(error), f"where is that? {error}"
            for line in (error.where or "", *error.problem.split("\n"), *(error.hint or "").split("\n")):
                assert line.isprintable(), ascii(line)
            assert len(error.problem) < 20_000
            return False
        return True


@cache
def config() -> Config:
    from cnnbp_cli.config.load import config_from_data
    from cnnbp_cli.config.yaml_reader import read_yaml

    return config_from_data(read_yaml(TINY, "tiny.yaml").data, "tiny.yaml")


@cache
def exercise() -> Exercise:
    return make_exercise(config(), 0)


def checkpoints() -> Iterator[bytes]:
    network = Network(config().input, config().layers, config().loss)
    state = State.new(config(), network)
    yield to_bytes(config(), state, "12×5×4, checksum 0123abcd")
    state.epoch, state.rows, state.best = 2, [EpochMetrics(1, 0.5, 0.5, 0.75, 0.01, 1.5, 8.0)], 1
    state.health.rows = [[0.5] * len(state.health.columns)]
    yield to_bytes(config(), state, "12×5×4, checksum 0123abcd")


def exercises() -> Iterator[bytes]:
    yield pack(exercise(), "npz")
    yield pack(exercise(), "json")
    yield pack(Exercise(exercise().config, exercise().trace), "json", questions_only=True)


def answers() -> Iterator[bytes]:
    yield pack(exercise(), "npz")
    right = {name: tensor.exchanged(tensor.right).tolist() for name, tensor in exercise().tensors.items()}
    yield json.dumps(right).encode()
    yield json.dumps({"conv1": {"gradWeight": right["conv1.grad_weight"], "delta": [[None, 1e999]]}}).encode()


def arrays() -> Iterator[bytes]:
    """One tensor as .npy."""
    right = exercise().tensors["conv1.grad_weight"].right
    for array in (right, np.asfortranarray(right, np.float32)):
        file = io.BytesIO()
        np.save(file, array)
        yield file.getvalue()


def mats() -> Iterator[bytes]:
    """Answers as .mat: the first has one variable, so that it is not accepted before its end."""
    right = {name: tensor.exchanged(tensor.right) for name, tensor in exercise().tensors.items()}
    structs: dict[str, dict[str, Any]] = {}
    for name, array in right.items():
        layer, _, quantity = name.partition(".")
        structs.setdefault(layer, {})[quantity] = array
    yield mat(compressed=True, dW1=right["conv1.grad_weight"])
    yield mat(dW1=right["conv1.grad_weight"], db1=np.arange(2), id=exercise().id)
    yield mat(**structs)


def configs() -> Iterator[bytes]:
    yield TINY.encode()
    for path in sorted(CONFIGS.glob("*.yaml")):
        yield path.read_bytes()


def override(path: Path) -> Config:
    """The file's text as the values of --set."""
    base = path.with_name("base.yaml")
    base.write_text(TINY, encoding="utf-8")
    return load_config(base, path.read_bytes().decode("utf-8", "replace").split("\0"))


def overrides() -> Iterator[bytes]:
    yield b"train.epochs=3"
    yield b"layers[0].filters=4"
    yield b"layers.0={type: conv2d, filters: 2, kernel_size: [3, 3]}\0train.seed=7"


def idx(path: Path) -> object:
    """The file as images, or, where its name says so, as labels."""
    return read_idx(path, ndim=1 if path.stat().st_size % 2 else 3, max_bytes=1 << 20)


def idx_sets() -> Iterator[bytes]:
    with gzip.open(DATA / "t10k-images-idx3-ubyte.gz") as file:
        digits = np.frombuffer(file.read(16 + 784), np.uint8)[16:]
    for array in (digits.reshape(1, 28, 28), digits[:784], np.arange(24, dtype=np.uint8).reshape(2, 3, 4)):
        yield idx_bytes(array)
        yield gzip.compress(idx_bytes(array))


def picture(image: Image.Image, kind: str, **options: bool) -> bytes:
    """The bytes of a picture file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pictures() -> Iterator[bytes]:
    drawn = Image.new("L", (60, 50), "white")
    drawn.paste("black", (26, 8, 34, 42))
    yield picture(drawn, "PNG")
    yield picture(drawn.convert("P"), "PNG")
    yield picture(drawn.convert("RGBA"), "PNG")
    yield picture(drawn.convert("I;16"), "PNG")
    yield picture(drawn.convert("RGB"), "JPEG")
    yield picture(drawn, "JPEG", progressive=True)


def rubric(path: Path) -> Rubric:
    names = names_of(exercise())
    return read_rubric(path, names.wanted, names.forward)


def rubrics() -> Iterator[bytes]:
    yield b'points: 20\nweights:\n  "*": 1\n  "conv*.grad_weight": 2.5\ncarried_forward: 0.5\nlayouts: false\n'


def rosters() -> Iterator[bytes]:
    yield "id,first_name,last_name,email\ns1,Ann,Lee,a@x.org\ns2,Ben,Ôta,b@x.org\n".encode()
    yield b'Student;SIS User ID\r\n"Lee, Ann";7\r\n'


def keys() -> Iterator[bytes]:
    own = OwnExercise(Student("s1", "Ann Lee", ("annlee",)), exercise().id, "s1.npz")
    yield key_text(5, [own]).encode()


def sweep(path: Path) -> list[Point]:
    """The points of a sweep file, unless there are more than a test has time for."""
    file, _ = load_sweep(path)
    return points(file) if count(file) < 1000 else []


def sweeps() -> Iterator[bytes]:
    grid = "parameters: {train.batch_size: {values: [1, 2]}, train.epochs: {values: [3]}}\nseeds: 3\n"
    drawn = "method: random\nruns: 4\nparameters:\n  a.b: {min: 1e-3, max: 1, log: true}\n  c: {min: 1, max: 5}\n"
    halving = "method: halving\nname: x\nseeds: [1, 2]\nseed: 3\nmin_epochs: 2\nreduction_factor: 3\nset: [a=1]\n"
    for rest in (grid, drawn, halving):
        yield f"config: config.yaml\n{rest}".encode()


READERS: dict[str, Reader] = {
    "checkpoint": Reader(load_checkpoint, checkpoints, within_npz),
    "exercise": Reader(read_exercise, exercises, within_npz),
    "answers": Reader(lambda path: diagnose(exercise(), read_answers(path, exercise())), answers, within_npz),
    "array": Reader(
        lambda path: diagnose(exercise(), read_answers(path, exercise(), tensor="conv1.grad_weight")), arrays
    ),
    "mat": Reader(lambda path: diagnose(exercise(), read_answers(path, exercise())), mats),
    "config": Reader(load_config, configs),
    "override": Reader(override, overrides),
    "rubric": Reader(rubric, rubrics),
    "roster": Reader(read_roster, rosters),
    "key": Reader(read_key, keys),
    "sweep": Reader(sweep, sweeps),
    "idx": Reader(idx, idx_sets, within_gzip),
    "picture": Reader(lambda path: see(read_picture(path)), pictures, within_png),
}

ALL = "all"
