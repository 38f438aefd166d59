"""Every bad input has its message on stderr, its exit code, and nothing on stdout; none has a traceback."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.training.checkpoint import FORMAT_VERSION, load_checkpoint
from tests.cli.small import SMALL
from tests.mnist.idx_files import idx_bytes, write_set

TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
TRAIN_LABELS = "train-labels-idx1-ubyte.gz"


def fails(result: tuple[int, str, str], *messages: str, code: int = 2) -> None:
    """The command failed in the right way, and said all of this."""
    assert (result[0], result[1]) == (code, "")
    assert result[2].startswith("error: ")
    assert "Traceback" not in result[2]
    for message in messages:
        assert message in result[2]


CONFIGS = {
    "empty": ("", ["the file is empty"]),
    "no mapping": ("- 1\n", ["a config is a mapping"]),
    "no YAML": ("name: [\n", ["bad.yaml:"]),
    "misspelt key": (SMALL.replace("kernel_size", "kernal_size"), ["bad.yaml:4", "did you mean `kernel_size`?"]),
    "wrong type": (SMALL.replace("epochs: 2", "epochs: two"), ["bad.yaml:9", "train.epochs"]),
    "out of range": (SMALL.replace("filters: 2", "filters: 0"), ["bad.yaml:4", "layers[0].filters"]),
    "unknown layer": (SMALL.replace("flatten", "flaten"), ["bad.yaml:6", "`flatten`"]),
    "lacking key": (SMALL.replace("loss: cross_entropy\n", ""), ["loss"]),
    "key twice": (SMALL + "name: twice\n", ["bad.yaml:11", "name"]),
    "alias": (SMALL.replace("epochs: 2", "epochs: &e 2").replace("seed: 0", "seed: *e"), ["bad.yaml:9"]),
    "tag": (SMALL.replace("name: small", "name: !!python/object:os.system small"), ["bad.yaml:1"]),
    "too deep": ("[" * 2000, ["bad.yaml"]),
    "shapes": (SMALL.replace("kernel_size: 5", "kernel_size: 50"), ["bad.yaml:4", "28"]),
    "too large": (SMALL.replace("units: 10", "units: 2000000"), ["the limit is 50,000,000"]),
    "all at once": (
        SMALL.replace("filters: 2", "filters: 0").replace("epochs: 2", "epocs: 2"),
        ["mistakes in the config:", "bad.yaml:4", "bad.yaml:9"],
    ),
}


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("command", [["train", "--config"], ["config", "show"]], ids=" ".join)
def test_config(here: Callable, command: list[str], name: str) -> None:
    text, messages = CONFIGS[name]
    Path("bad.yaml").write_text(text, encoding="utf-8")
    fails(here(*command, "bad.yaml"), *messages)
    assert not Path("runs").exists()


OPTIONS = {
    "no config": ([], ["give --config or --resume", "cnnbp train --config"]),
    "missing config": (["--config", "nope.yaml"], ["nope.yaml: there is no such file"]),
    "folder as config": (["--config", "."], ["a folder"]),
    "unknown key": (["--set", "train.epoch=3"], ["--set train.epoch=3: train.epoch", "did you mean `epochs`?"]),
    "no value": (["--set", "train.epochs"], ["expected KEY=VALUE"]),
    "no such layer": (["--set", "layers.9.filters=3"], ["layers[9]", "has [0] to [3]"]),
    "bad value": (["--set", "train.batch_size=-1"], ["train.batch_size"]),
    "no epochs": (["--epochs", "0"], ["Invalid value for '--epochs'", "See cnnbp train --help."]),
    "negative seed": (["--seed", "-1"], ["Invalid value for '--seed'"]),
    "large seed": (["--seed", str(2**32)], ["train.seed"]),
    "no threads": (["--threads", "0"], ["Invalid value for '--threads'"]),
    "missing data": (["--data-dir", "nope"], ["nope: there is no such folder", "--data-dir or CNNBP_DATA_DIR"]),
    "empty data": (["--data-dir", "."], [f"lacks {TRAIN_IMAGES}"]),
    "missing data.dir": (["--set", "data.dir=nope"], ["nope: there is no such folder", "data.dir in the config"]),
    "all held out": (["--set", "data.validation=1200"], ["data.validation", "1,200 of 1,200"]),
    "other images": (["--set", "input=[1, 32, 32]"], ["1×32×32", "1×28×28"]),
    "few classes": (["--set", "layers.3.units=9"], ["9 outputs", "labels up to 9"]),
    "file as folder": (["--output-dir", "taken"], ["taken: is a file, not a folder"]),
    "below a file": (["--output-dir", "taken/run"], ["taken", "cannot be written"]),
    "missing checkpoint": (["--resume", "nope/last.npz"], ["there is no such file"]),
    "folder without checkpoint": (["--resume", "."], ["there is no last.npz in this folder"]),
    "no checkpoint": (["--resume", "taken"], ["taken: is too short for an .npz file"]),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_train(here: Callable, small: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options, messages = OPTIONS[name]
    if "data.dir" in name:
        monkeypatch.delenv("CNNBP_DATA_DIR")
    Path("taken").write_text("mine")
    named = options if name in ("no config", "missing config", "folder as config") else ["--config", small, *options]
    fails(here("train", *named), *messages)
    assert not Path("runs").exists()
    assert Path("taken").read_text() == "mine"


def test_divergence_is_a_failure(here: Callable, small: Path) -> None:
    code, out, err = here("train", "--config", small, "--set", "train.optimizer.learning_rate=1e30")
    assert (code, out) == (1, "")
    _, problem, lower, warm_up = err.splitlines()
    assert re.fullmatch(
        r"error: the training diverged: z of (conv1|dense1) is NaN or infinite \([\d,]+ of [\d,]+ numbers\), "
        r"so the loss is nan in epoch 1, step \d+",
        problem,
    )
    assert lower == "Lower the learning rate: --set train.optimizer.learning_rate=1e+29"
    assert warm_up == "Or add a warm-up: --set train.schedule.type=constant --set train.schedule.warmup_epochs=1"


def test_no_data_and_no_download(here: Callable, small: Path, nothing_held: Path) -> None:
    fails(here("train", "--config", small, "--offline"), "--offline was given", f"  {TRAIN_LABELS}")


LABELS = np.zeros(1200, np.uint8)
IMAGES = np.zeros((1200, 28, 28), np.uint8)

SETS = {
    "no gzip": (TRAIN_IMAGES, b"plain text", []),
    "damaged gzip": (TRAIN_IMAGES, gzip.compress(idx_bytes(IMAGES))[:-20], []),
    "no IDX": (TRAIN_IMAGES, gzip.compress(b"\1\2\3\4 not an IDX file"), []),
    "labels for images": (TRAIN_IMAGES, gzip.compress(idx_bytes(LABELS)), []),
    "short": (TRAIN_IMAGES, gzip.compress(idx_bytes(IMAGES)[:-1]), []),
    "long": (TRAIN_IMAGES, gzip.compress(idx_bytes(IMAGES) + b"\0"), []),
    "other number": (TRAIN_LABELS, gzip.compress(idx_bytes(LABELS[1:])), ["1,200 images", "1,199 labels"]),
    "label 10": (TRAIN_LABELS, gzip.compress(idx_bytes(LABELS + 10)), ["label 0 is 10"]),
}


@pytest.mark.parametrize("name", SETS)
def test_data(here: Callable, small: Path, small_data: Path, name: str) -> None:
    file, content, messages = SETS[name]
    shutil.copytree(small_data, "set")
    Path("set", file).write_bytes(content)
    fails(here("train", "--config", small, "--data-dir", "set"), *(messages or [str(Path("set", file))]))
    assert not Path("runs").exists()


def test_other_images_than_the_network_takes(here: Callable, trained: Path, tmp_path: Path) -> None:
    other = write_set(tmp_path / "other", height=8, width=9)
    fails(here("evaluate", trained, "--data-dir", other), "1×28×28", "1×8×9")


def damaged(arrays: dict[str, np.ndarray], name: str) -> None:
    """Saves a checkpoint that is wrong in one way."""
    meta = json.loads(arrays["meta"].tobytes())
    if name == "newer":
        meta["format_version"] = FORMAT_VERSION + 1
    elif name == "lacks weights":
        del arrays["conv1.weight"]
    elif name == "other shape":
        arrays["dense1.bias"] = arrays["dense1.bias"][1:]
    elif name == "NaN":
        arrays["dense1.bias"][0] = np.nan
    elif name == "other network":
        meta["config"]["layers"][0]["filters"] = 3
    else:
        meta["config"]["layers"][0]["type"] = "conv3d"
    arrays["meta"] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
    np.savez("bad.npz", **arrays)


CHECKPOINTS = {
    "newer": "saved by a newer cnnbp",
    "lacks weights": "conv1.weight",
    "other shape": "dense1.bias",
    "NaN": "a weight is NaN",
    "other network": "conv1.weight",
    "unknown layer": "conv3d",
}


@pytest.mark.parametrize("name", CHECKPOINTS)
@pytest.mark.parametrize("command", [["evaluate"], ["train", "--resume"]], ids=" ".join)
def test_checkpoint(here: Callable, trained: Path, command: list[str], name: str) -> None:
    with np.load(trained / "last.npz", allow_pickle=False) as arrays:
        damaged({key: arrays[key].copy() for key in arrays.files}, name)
    fails(here(*command, "bad.npz"), "bad.npz", CHECKPOINTS[name])


@pytest.mark.parametrize("command", [["evaluate"], ["train", "--resume"]], ids=" ".join)
def test_a_file_that_is_no_checkpoint(here: Callable, trained: Path, command: list[str]) -> None:
    Path("short.npz").write_bytes((trained / "last.npz").read_bytes()[:-100])
    fails(here(*command, "short.npz"), "short.npz: is cut short")
    Path("text.npz").write_text("text " * 100)
    fails(here(*command, "text.npz"), "text.npz: is cut short, or not an .npz file")
    fails(here(*command, "no.npz"), "no.npz: there is no such file")


def test_evaluate_without_a_run(here: Callable) -> None:
    fails(here("evaluate"), "there is no run with a best.npz here yet", "Train a network first: cnnbp train")


def test_resuming_what_cannot_go_on(here: Callable, small: Path, trained: Path, small_data: Path) -> None:
    last = trained / "last.npz"
    fails(here("train", "--resume", last, "--seed", "3"), "train.seed: 0 in the checkpoint, 3 in the config")
    fails(here("train", "--resume", last, "--set", "layers.0.filters=3"), "layers[0].filters: 2 in the checkpoint")
    fails(here("train", "--resume", last, "--epochs", "1"), "train.epochs is 1", "--epochs N")
    shutil.copytree(small_data, "set")
    Path("set", TRAIN_LABELS).write_bytes(gzip.compress(idx_bytes(LABELS)))
    fails(here("train", "--resume", last, "--data-dir", "set"), "it was trained on other images")
    Path("alone.npz").write_bytes(last.read_bytes())
    fails(here("train", "--resume", "alone.npz"), "alone.npz: cannot be resumed")


def test_the_script_says_the_same(cnnbp: Callable, small: Path, tmp_path: Path) -> None:
    result = cnnbp("train", "--config", small, "--data-dir", "nope", cwd=tmp_path)
    fails((result.returncode, result.stdout, result.stderr), "nope: there is no such folder")
    assert list(tmp_path.iterdir()) == []
    result = cnnbp("evaluate", cwd=tmp_path)
    fails((result.returncode, result.stdout, result.stderr), "runs: there is no run")


def test_a_training_that_diverges_keeps_what_it_had(here: Callable, small: Path) -> None:
    """The rate climbs from 0.1 to 10³⁹; the steps before it is too high are saved."""
    cycle = {"optimizer.learning_rate": "1e39", "schedule.type": "one_cycle", "schedule.div_factor": "1e40"}
    options = [word for name, value in cycle.items() for word in ("--set", f"train.{name}={value}")]
    code, shown, printed = here("train", "--config", small, "--threads", 1, "-q", "--checkpoint-every", 1, *options)
    assert (code, shown) == (1, "")
    problem, advice, last = printed.splitlines()
    assert problem == (
        "error: the training diverged: z of dense1 is NaN or infinite (640 of 640 numbers), so the loss is nan "
        "in epoch 1, step 3"
    )
    assert advice == "Lower the learning rate: --set train.optimizer.learning_rate=1e+38"
    assert last == f"The last good checkpoint is {Path('runs/small-001/last.npz')}"
    state = load_checkpoint(Path("runs/small-001/last.npz")).state
    assert (state.epoch, state.batch) == (1, 2)


@pytest.mark.parametrize("command", ["train", "profile"])
def test_numbers_that_leave_the_finite_ones_are_one_line(here: Callable, small: Path, command: str) -> None:
    rate = ("--set", "train.optimizer.learning_rate=1e39")
    code, shown, printed = here(command, "--config", small, "--threads", 1, *rate)
    assert (code, shown) == (1, "")
    assert "conv1.weight is NaN or infinite (50 of 50 numbers) since the previous update, so the loss is nan" in printed
    assert "Lower the learning rate" in printed
    assert "Traceback" not in printed
