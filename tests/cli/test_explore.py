"""`cnnbp explore`: it serves until Ctrl-C, and says what is wrong before it starts."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from cnnbp_cli.errors import ExitCode
from cnnbp_cli.live.subjects import of_run
from cnnbp_cli.training.data import Data
from tests.cli.test_json import conforms

Serve = Callable[..., Any]


@pytest.fixture
def serve(script: str, environment: dict[str, str], small_data: Path, tmp_path: Path) -> Serve:
    """Starts `cnnbp explore` as a process; at the end it must still run, and end with Ctrl-C, in silence."""

    @contextmanager
    def start(*arguments: str | Path) -> Iterator[Sequence[str]]:
        process = subprocess.Popen(
            [script, "explore", "--no-browser", "--data-dir", str(small_data), *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        assert process.stdout
        lines = [process.stdout.readline()]
        while lines[-1] not in ("", "}\n") and "Ctrl-C" not in lines[-1]:
            lines.append(process.stdout.readline())
        yield lines
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (ExitCode.INTERRUPTED, "", "")

    return start


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a test cannot send Ctrl-C on Windows")


def test_the_page_is_served_until_ctrl_c(serve: Serve, small: Path) -> None:
    with serve("--config", small) as (address, words):
        assert f"{small} with freshly initialised weights (seed 0)" in words
        with urlopen(address.strip()) as answer:
            assert b"the pass, live" in answer.read()


def test_an_open_page_does_not_keep_it_from_ending(serve: Serve, small: Path) -> None:
    with serve("--config", small) as (address, _):
        answer = urlopen(address.strip())
    answer.close()


def test_a_run_has_the_weights_of_each_save(serve: Serve, trained: Path) -> None:
    with serve("--run", trained, "--json") as lines:
        document = conforms("".join(lines))
        assert document["source"] == str(trained)
        assert document["address"].startswith(f"http://127.0.0.1:{document['port']}/")
        first, *saves = document["weights"]
        assert first == "before training"
        assert [save.split(",")[0] for save in saves] == [f"epoch {n + 1}" for n in range(len(saves))]
        assert sum("the best" in save for save in saves) == 1


def test_the_saves_of_a_run_are_its_checkpoints(trained: Path, small_data: Path) -> None:
    explored = of_run(trained, lambda config: Data.read(small_data, config))
    assert "the best" in explored.stops[explored.first].name
    changes = [abs(explored.weights(n).flat - explored.weights(0).flat).sum() for n in range(len(explored.stops))]
    assert changes == sorted(changes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give one of --config, --checkpoint and --run"),
        (("--config", "small.yaml", "--run", "."), "give one of --config, --checkpoint and --run"),
        (("--run", ".", "--set", "train.seed=1"), "--set needs --config"),
        (("--run", "."), "there is no best.npz"),
        (("--config", "none.yaml"), "none.yaml"),
        (("--config", "small.yaml", "--index", "300"), "the test images are 0 to 299"),
    ],
)
def test_what_is_wrong_is_said_at_once(here: Callable, small: Path, arguments: Sequence[str], message: str) -> None:
    Path("small.yaml").write_text(small.read_text(encoding="utf-8"), encoding="utf-8")
    code, out, err = here("explore", "--no-browser", *arguments)
    assert (code, out) == (ExitCode.USAGE, "")
    assert message in " ".join(err.split())


def test_without_the_extra_its_name_is_given(here: Callable, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, out, err = here("explore", "--config", small)
    assert (code, out) == (ExitCode.USAGE, "")
    assert "pip install 'cnnbp[live]'" in err


def test_the_document_is_json(serve: Serve, small: Path) -> None:
    with serve("--config", small, "--json") as lines:
        assert json.loads("".join(lines))["weights"] == ["before training"]


def test_a_training_is_followed_and_ends_as_ever(train: Callable, tmp_path: Path) -> None:
    done = train("--live", "--epochs", "1", cwd=tmp_path)
    assert done.returncode == 0
    assert "note: this training, live: http://127.0.0.1:" in done.stderr
    assert "test accuracy" in done.stdout
