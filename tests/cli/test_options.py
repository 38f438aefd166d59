"""The options and arguments of all commands: each shared one declared once, every path with its `~` expanded."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import typer

from cnnbp_cli.app import app
from cnnbp_cli.commands.options import path


def commands(group: Any, *names: str) -> Iterator[tuple[str, Any]]:
    """All commands by name, those of groups as `group command`."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *names, name)
        else:
            yield " ".join((*names, name)), command


COMMANDS = dict(commands(typer.main.get_command(app)))


def paths(command: Any) -> Iterator[tuple[str, Any]]:
    """The parameters of a command that take paths, and their declarations."""
    for name, hint in get_type_hints(inspect.unwrap(command.callback), include_extras=True).items():
        if "Path" in str(hint):
            yield name, get_args(hint)[1]


def test_every_path_expands_the_home_folder() -> None:
    found = [(command, *parameter) for command, made in COMMANDS.items() for parameter in paths(made)]
    assert len(found) > 20
    assert [(command, name) for command, name, declared in found if declared.parser is not path] == []


def test_a_home_folder_that_nobody_has_stays_text() -> None:
    assert path("~no-such-user-here/x") == Path("~no-such-user-here/x")


def test_a_config_in_the_home_folder_is_found(
    here: Callable, small: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "small.yaml").write_text(small.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    code, _, err = here("train", "--config=~/small.yaml", "--output-dir=~/out", "--epochs=1", "--threads=1", "-q")
    assert (code, err) == (0, "")
    assert (tmp_path / "out" / "best.npz").is_file()
    assert not list(Path().iterdir())


def test_a_shared_option_has_the_same_declaration_everywhere() -> None:
    """`--config`, `--checkpoint`, `--output`: the same spellings, metavar and completion in every command."""
    seen: dict[str, Any] = {}
    for command in COMMANDS.values():
        for parameter in command.params:
            if parameter.name in ("config", "checkpoint", "output", "data_dir", "threads", "as_json", "overrides"):
                declared = (parameter.opts, parameter.metavar) if parameter.param_type_name == "option" else None
                if declared:
                    assert seen.setdefault(parameter.name, declared) == declared
    assert len(seen) == 7


OUTPUTS = {"output", "html", "export", "csv", "feedback", "starter", "answers"}
"""Parameters that name a file to write."""


def test_every_command_that_writes_a_file_the_user_names_has_force() -> None:
    writing = {name for name, command in COMMANDS.items() if OUTPUTS & {made.name for made in command.params}}
    assert {"report", "export", "inspect-gradients"} <= writing
    assert {name for name in writing if "force" not in {made.name for made in COMMANDS[name].params}} == set()
