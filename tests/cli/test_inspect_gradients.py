from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnbp_cli.app import run
from cnnbp_cli.config import load_config
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.network import Network
from cnnbp_cli.training.checkpoint import to_bytes
from cnnbp_cli.training.state import State
from tests.cli.small import ROOT, SEED

DATA = ("--data-dir", str(ROOT / "data"))

ONE_MAP = ["inspect-gradients", "--config", str(SEED), "--set", "layers.0.filters=1", *DATA]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    config = load_config(SEED)
    state = State.new(config, Network(config.input, config.layers, config.loss))
    path = tmp_path / "best.npz"
    path.write_bytes(to_bytes(config, state, "60000×28×28, checksum 00000000"))
    return path


def test_the_seed_network_reads_as_the_answer(cnnbp: Callable) -> None:
    result = cnnbp("inspect-gradients", "--config", SEED, "--check", *DATA)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert max(map(len, lines[1:])) <= 80  # the first one is the path of the config
    assert lines[0].endswith(" with freshly initialised weights (seed 0)")
    assert lines[1].startswith("test image 0: label 7, predicted ")
    places = [lines.index(title) for title in ("Forward pass", "Backward pass")]
    assert places == sorted(places)
    assert "shapes of δ: 10 → 432 → 3×12×12 → 3×24×24" in lines
    verdicts = {line.split()[0]: line.split()[1] for line in lines if "PASS" in line}
    assert verdicts.keys() == {"conv1.weight", "conv1.bias", "dense1.weight", "dense1.bias", "input"}


def test_json_holds_all_of_it(cnnbp: Callable) -> None:
    entry = "conv1.weight[0,0,2,3]"
    result = cnnbp("inspect-gradients", "--config", SEED, "--check", "--explain", entry, "--json", *DATA)
    assert (result.returncode, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert document["schema"] == "cnnbp.inspect-gradients/2"
    assert (document["config"], document["split"], document["index"]) == (str(SEED), "test", 0)
    assert (document["labels"], document["samples"]) == ([7], 1)
    assert [section["layer"] for section in document["backward"]] == ["dense1", "flatten1", "pool1", "conv1"]
    sizes = {tensor["tensor"]: (tensor["size"], tensor["checked"]) for tensor in document["check"]}
    assert sizes["conv1.weight"] == (75, 75)
    assert sizes["dense1.weight"] == (4320, 4320)
    [explanation] = document["explain"]
    assert (explanation["name"], explanation["index"]) == ("conv1.weight", [0, 0, 2, 3])
    assert len(explanation["terms"]) == 576


def test_a_checkpoint_holds_the_weights_that_its_seed_gave(cnnbp: Callable, checkpoint: Path) -> None:
    trained = cnnbp("inspect-gradients", "--checkpoint", checkpoint, *DATA)
    new = cnnbp("inspect-gradients", "--config", SEED, *DATA)
    assert trained.returncode == new.returncode == 0
    assert trained.stdout.splitlines()[1:] == new.stdout.splitlines()[1:]
    assert "freshly initialised" not in trained.stdout
    other = cnnbp("inspect-gradients", "--config", SEED, "--set", "train.seed=1", *DATA)
    assert other.stdout.splitlines()[1:] != new.stdout.splitlines()[1:]
    folder = cnnbp("inspect-gradients", "--checkpoint", checkpoint.parent, *DATA)
    assert folder.stdout == trained.stdout


def test_a_batch_and_another_split(cnnbp: Callable) -> None:
    result = cnnbp("inspect-gradients", "--config", SEED, "--batch", 3, "--split", "validation", *DATA)
    assert result.returncode == 0
    assert "validation images 0 to 2: " in result.stdout
    assert "3×3×24×24" in result.stdout
    assert "∂C/∂a = (a − y) / 3" in result.stdout


def test_an_entry_is_explained_instead_of_the_tables(cnnbp: Callable) -> None:
    entries = ("--explain", "conv1.weight[0,0,2,3]", "--explain", "conv1.delta[1,5,7]")
    result = cnnbp("inspect-gradients", "--config", SEED, *entries, *DATA)
    assert result.returncode == 0
    assert "∂z_0[i,j]/∂w_0[0,2,3] = x_0[i+2, j+3]" in result.stdout
    assert "window of pool1.a[1,2,3]" in result.stdout
    assert "Backward pass" not in result.stdout


def test_color_is_for_terminals(cnnbp: Callable) -> None:
    arguments = ("inspect-gradients", "--config", SEED, "--explain", "conv1.weight[0,0,2,3]", *DATA)
    assert "▀" in cnnbp(*arguments, env={"FORCE_COLOR": "1", "TERM": "xterm-256color"}).stdout
    assert "\x1b" not in cnnbp(*arguments).stdout


def test_a_wrong_gradient_ends_with_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def doubled(self, params, delta, memory, grads, need_input=True):  # type: ignore[no-untyped-def]
        return right(self, params, 2 * delta, memory, grads, need_input)

    right = Dense.backward
    monkeypatch.setattr(Dense, "backward", doubled)
    assert run([*ONE_MAP, "--check", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert {tensor["verdict"] for tensor in document["check"]} == {"FAIL"}
    assert run(ONE_MAP) == 0  # nothing was asked to be checked


def test_a_kernel_gradient_rotated_by_180_degrees_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def turned(self, params, delta, memory, grads, need_input=True):  # type: ignore[no-untyped-def]
        fresh = {name: np.zeros_like(array) for name, array in grads.items()}
        dx = right(self, params, delta, memory, fresh, need_input)
        grads["bias"][...] += fresh["bias"]
        grads["weight"][...] += fresh["weight"][..., ::-1, ::-1]
        return dx

    right = Conv2D.backward
    monkeypatch.setattr(Conv2D, "backward", turned)
    assert run([*ONE_MAP, "--check"]) == 1
    failed = [line.split()[0] for line in capsys.readouterr().out.splitlines() if "FAIL" in line]
    assert failed == ["conv1.weight"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give either --config or --checkpoint"),
        (["--config", SEED, "--checkpoint", "x.npz"], "give either --config or --checkpoint"),
        (["--config", "nowhere.yaml"], "nowhere.yaml: there is no such file"),
        (["--checkpoint", "nowhere.npz"], "nowhere.npz"),
        (["--checkpoint", "nowhere.npz", "--set", "train.seed=1"], "--set needs --config"),
        (["--config", SEED, "--index", 10_000, *DATA], "--index 10000: the test images are 0 to 9,999"),
        (["--config", SEED, "--batch", 10_001, *DATA], "--batch 10001: the test images are 0 to 9,999"),
        (["--config", SEED, "--index", 1, "--batch", 2], "--index and --batch exclude each other"),
        (["--config", SEED, "--index", -1], "Invalid value for '--index'"),
        (["--config", SEED, "--set", "layers.0.filters=0"], "layers[0].filters"),
        (["--config", SEED, "--explain", "conv1.wieght[0]", *DATA], "conv1 has no wieght\nDid you mean weight?"),
        (["--config", SEED, "--explain", "conv1.bias[3]", *DATA], "--explain conv1.bias[3]: [3] is out of range"),
        (["--config", SEED, "--data-dir", "nowhere"], "nowhere: there is no such folder"),
    ],
)
def test_mistakes_are_reported(arguments: list[object], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect-gradients", *map(str, arguments)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert message in printed.err


def test_a_picture_of_your_own_is_read_as_predict_reads_it(here: Callable, trained: Path, tmp_path: Path) -> None:
    picture = tmp_path / "four.jpg"
    picture.write_bytes((ROOT / "docs" / "images" / "four.jpg").read_bytes())
    command = ("inspect-gradients", "--checkpoint", trained, "--image", picture)
    code, out, err = here(*command, "--label", 4, "--check", "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert (document["picture"], document["split"], document["index"]) == (str(picture), None, None)
    assert document["labels"] == [4]
    assert {tensor["verdict"] for tensor in document["check"]} <= {"PASS", "INCONCLUSIVE"}
    seen = json.loads(here("predict", picture, "--checkpoint", trained, "--json")[1])["pictures"][0]
    assert document["answers"] == [seen["digit"]]
    image = document["forward"][0]["arrays"][0]
    assert image["max"] == max(map(max, seen["seen"])) / 255
    assert f"\npicture {picture}: label 4, predicted {seen['digit']}, C = " in here(*command, "--label", 4)[1]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--image", "four.png"), "--image needs --label: the cost compares the output with the right class"),
        (("--label", "4"), "--label needs --image"),
        (("--image", "four.png", "--label", "4", "--index", "2"), "--image excludes --index and --batch"),
        (("--image", "four.png", "--label", "10"), "--label 10: the classes are 0 to 9"),
        (("--image", "none.png", "--label", "4"), "none.png: there is no such file"),
        (("--image", "blank.png", "--label", "4"), "blank.png: nothing is drawn in the picture, or it is too faint"),
    ],
)
def test_what_is_wrong_with_a_picture(here: Callable, small: Path, options: tuple[str, ...], problem: str) -> None:
    Image.new("RGB", (60, 60), "white").save("blank.png")
    code, out, err = here("inspect-gradients", "--config", small, *options)
    assert (code, out, err.splitlines()[0]) == (2, "", f"error: {problem}")


def test_a_batch_shows_the_sum_over_its_images_and_the_mean(here: Callable, small: Path) -> None:
    out = here("inspect-gradients", "--config", small, "--batch", 3)[1]
    assert "C = 1/3 Σ_n (−ln a_label)" in out
    assert "∂C/∂W = Σ_n δ · xᵀ" in out
    assert "∂C/∂b_k = Σ_n Σ_i,j δ_k[i,j]" in out
    assert "δ = ∂C/∂z = (a − y) / 3" in out
    assert "Σ_n" not in here("inspect-gradients", "--config", small)[1]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_number_is_broken_on_a_narrow_terminal(
    here: Callable, small: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = here("inspect-gradients", "--config", small, "--check")[1].splitlines()
    wide = [line for line in lines if len(line) > width and not line.startswith("    ")]
    assert all(
        line.endswith(" with freshly initialised weights (seed 0)") or "back-propagation" in line for line in wide
    )


def test_an_export_alone_prints_where_it_is(here: Callable, small: Path) -> None:
    code, out, _ = here("inspect-gradients", "--config", small, "--export", "pass.npz")
    assert code == 0
    assert "pass.npz" in out and "Forward pass" not in out
