"""What holds for every command: help, start-up, errors, exit codes, pipes, encodings."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import cnnbp_cli
from cnnbp_cli import app
from cnnbp_cli.errors import ExitCode
from tests.cli.small import SEED

COMMANDS = (
    *("init", "train", "runs", "evaluate", "predict"),
    *("config", "config show", "config schema", "data", "data info", "data fetch", "data show"),
)

HEAVY = ("numpy", "pydantic", "yaml", "urllib3", "threadpoolctl", "multiprocessing", "rich.progress", "PIL")


def test_version(cnnbp: Callable) -> None:
    result = cnnbp("--version")
    assert (result.returncode, result.stdout) == (0, f"cnnbp {cnnbp_cli.__version__}\n")


def test_the_module_runs_as_the_script_does(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "cnnbp_cli", "--version"]
    assert subprocess.check_output(command, env=environment, text=True) == f"cnnbp {cnnbp_cli.__version__}\n"


@pytest.mark.parametrize("columns", ["40", "100"])
def test_help_names_the_commands_in_order(cnnbp: Callable, columns: str) -> None:
    result = cnnbp("--help", env={"COLUMNS": columns})
    assert result.returncode == 0
    assert result.stderr == ""
    places = [result.stdout.index(f"│ {command} ") for command in ("train", "evaluate", "config")]
    assert places == sorted(places)
    assert max(map(len, result.stdout.splitlines())) <= int(columns)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(cnnbp: Callable, command: str) -> None:
    result = cnnbp(*command.split(), "--help", env={"COLUMNS": "100"})
    assert result.returncode == 0
    assert "Usage: cnnbp" in result.stdout
    assert command in ("config", "data") or f"Example:  cnnbp {command}" in result.stdout


def test_help_imports_nothing_heavy(environment: dict[str, str]) -> None:
    program = (
        "import sys; sys.argv = ['cnnbp', '--help']\n"
        "from cnnbp_cli.__main__ import main\n"
        "assert main() == 0\n"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert not {*HEAVY} & {*result.stderr.split()}


@pytest.mark.parametrize("group", [(), ("config",)])
def test_a_group_alone_shows_its_help(cnnbp: Callable, group: tuple[str, ...]) -> None:
    result = cnnbp(*group)
    assert result.returncode == 2
    assert "Usage: cnnbp" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "error: No such command 'trian'. Did you mean 'train'?\nSee cnnbp --help.\n"),
        (["train", "--epoch", "3"], "error: No such option"),
        (["train", "--epochs", "three"], "error: Invalid value for '--epochs'"),
        (["train", "--threads", "0"], "error: Invalid value for '--threads'"),
        (["evaluate", "--split", "all"], "error: Invalid value for '--split'"),
        (["config", "show"], "error: Missing argument 'FILE'.\nSee cnnbp config show --help.\n"),
    ],
)
def test_usage_errors(here: Callable, arguments: list[str], message: str) -> None:
    code, out, err = here(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(message)


def test_what_a_user_typed_stays_text(cnnbp: Callable) -> None:
    name = "[bold]no[/bold] :smile: \x1b[31mred\x1b]0;title\x07 \u202e"
    result = cnnbp("config", "show", name, env={"FORCE_COLOR": "1"})
    assert result.returncode == 2
    assert "[bold]no[/bold] :smile:" in result.stderr
    assert "\x1b[31m" not in result.stderr.replace("\x1b[1;31merror:", "")
    assert not {"\x07", "\u202e"} & {*result.stderr}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes on Windows")
@pytest.mark.parametrize("command", ["config schema", f"config show {SEED}"])
def test_a_reader_that_goes_away_is_no_error(script: str, environment: dict[str, str], command: str) -> None:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([script, *command.split()], env=environment, text=True, **pipes) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == ExitCode.PIPE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["config schema", f"config show {SEED}"])
def test_a_full_disk_is_reported(script: str, environment: dict[str, str], command: str) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run([script, *command.split()], env=environment, stdout=full, stderr=-1, text=True)
    assert (result.returncode, result.stderr) == (2, "error: No space left on device\n")


def test_an_encoding_without_our_signs(cnnbp: Callable) -> None:
    result = cnnbp("config", "show", SEED, env={"PYTHONIOENCODING": "ascii"})
    assert result.returncode == 0
    assert "3x24x24" in result.stdout


@pytest.mark.parametrize("command", ["", "train", "config", "data show"])
def test_help_survives_without_docstrings(cnnbp: Callable, command: str) -> None:
    plain = cnnbp(*command.split(), "--help")
    stripped = cnnbp(*command.split(), "--help", env={"PYTHONOPTIMIZE": "2"})
    assert plain.stdout == stripped.stdout


def test_descriptions_survive_without_docstrings(cnnbp: Callable) -> None:
    plain, stripped = (cnnbp("config", "schema", env={"PYTHONOPTIMIZE": level}).stdout for level in ("0", "2"))
    assert json.loads(plain) == json.loads(stripped)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits the address space")
@pytest.mark.parametrize("command", ["profile", "train"])
def test_no_memory_for_a_batch_is_one_line(
    script: str, environment: dict[str, str], small: Path, small_data: Path, tmp_path: Path, command: str
) -> None:
    limited = f"ulimit -v 1200000; exec {script} {command} --config {small} --threads 1 "
    limited += "--set train.batch_size=1000 --set layers.0.filters=200 --set layers.0.stride=1"
    env = {**environment, "OPENBLAS_NUM_THREADS": "1", "CNNBP_DATA_DIR": str(small_data)}
    result = subprocess.run(["bash", "-c", limited], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    problem, hint = result.stderr.splitlines()[-2:]
    assert result.returncode == 2
    assert problem.startswith("error: not enough memory")
    assert {"profile": "--batch", "train": "train.batch_size"}[command] in hint
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        (["runs"], "Free some memory."),
        (["train", "--config", "x.yaml"], "Use a smaller batch (--set train.batch_size=N), or free some memory."),
        (["inspect-gradients", "--config", "x.yaml"], "Use fewer images (--batch N), or free some memory."),
    ],
)
def test_the_hint_about_memory_fits_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str], hint: str
) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("cnnbp_cli.training.listing.list_runs", exhausted)
    monkeypatch.setattr("cnnbp_cli.config.load.read_text", exhausted)
    monkeypatch.setattr("cnnbp_cli.config.load_config", exhausted)
    assert app.run(command) == ExitCode.USAGE
    assert capsys.readouterr().err == f"error: not enough memory\n{hint}\n"
