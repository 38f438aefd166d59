"""What --json prints is what its page says: the page is made of the declarations, the output is held to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, get_args

import jsonschema
import numpy as np
import pytest
import typer
from pydantic import TypeAdapter
from typing_extensions import get_type_hints

from cnnbp_cli.app import app
from cnnbp_cli.show import documents
from tests.cli.small import ROOT
from tests.mnist.drawings import drawn

WITHOUT = {("config", "schema")}
"""The command that has no --json: it prints JSON anyhow."""


def declared() -> Iterator[tuple[str, Any]]:
    """Each document's name and version, and its declaration."""
    for info in iter_modules(documents.__path__):
        module = import_module(f"{documents.__name__}.{info.name}")
        for name, value in vars(module).items():
            if name.endswith("Document") and "schema" in value.__annotations__:
                yield get_args(get_type_hints(value)["schema"])[0], value


DOCUMENTS = dict(declared())


def test_the_page_has_every_document() -> None:
    """tests/documentation holds the page to its declarations."""
    page = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    for schema in DOCUMENTS:
        assert f"\n## `{schema}`\n" in page


def test_every_command_with_a_result_has_json() -> None:
    def commands(group: Any, *names: str) -> Iterator[tuple[tuple[str, ...], Any]]:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                yield from commands(command, *names, name)
            else:
                yield (*names, name), command

    found = {
        name: {option for parameter in command.params for option in parameter.opts}
        for name, command in commands(typer.main.get_command(app))
    }
    assert {name for name, options in found.items() if "--json" not in options} == WITHOUT


def closed(schema: Any) -> Any:
    """A JSON Schema whose objects hold nothing but what they declare."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    more = {"additionalProperties": False} if "properties" in schema else {}
    return {key: closed(value) for key, value in schema.items()} | more


def conforms(text: str) -> Any:
    """The document, which holds exactly the declared fields."""
    document = json.loads(text)
    jsonschema.validate(document, closed(TypeAdapter(DOCUMENTS[document["schema"]]).json_schema()))
    return document


def test_a_field_that_is_not_declared_is_noticed() -> None:
    with pytest.raises(jsonschema.ValidationError, match="more"):
        conforms(json.dumps({"schema": "cnnbp.runs/1", "folder": "runs", "runs": [], "more": 1}))


def test_the_output_is_as_declared(here: Callable, small: Path, trained: Path) -> None:
    drawn(4, "serif", 60, "chalk").save("four.png")
    Path("text.png").write_text("no picture")
    Path("roster.csv").write_text("id\ns1\n")
    config = ("--config", small)
    explain = [
        "conv1.weight[0,0,2,3]", "conv1.delta[1,5,7]", "pool1.a[0,2,2]", "pool1.grad_input[0,1,1]", "input[0,9,9]"
    ]  # fmt: skip
    seen = set()
    for command in (
        ("init",),
        ("init", "--list"),
        ("train", *config, "--set", "train.epochs=1", "--quiet", "--threads", 1),
        ("evaluate", trained, "--threads", 1),
        ("runs",),
        ("lr-range", *config, "--steps", 30),
        ("sweep", *config, "--vary", "train.batch_size=64,100", "--workers", 1, "-q"),
        ("export", trained, "--format", "onnx"),
        ("predict", "four.png", "text.png", "--checkpoint", trained),
        ("predict", "--index", 1, "--checkpoint", trained),
        ("inspect-gradients", *config, "--check", *(word for entry in explain for word in ("--explain", entry))),
        ("inspect-gradients", "--checkpoint", trained, "--batch", 3),
        ("health", trained),
        ("report", trained),
        ("report", trained, trained),
        ("profile", *config, "--threads", 1, "--batch", 4),
        ("config", "show", small),
        ("config", "draw", small),
        ("data", "info"),
        ("data", "show", "--count", 2),
        ("exercise", "make", "-o", "exercise.npz"),
        ("exercise", "show", "exercise.npz"),
        ("exercise", "starter", "exercise.npz"),
        ("diagnose", "exercise.npz", "exercise.npz"),
        ("check", "my_backprop.py"),
        ("grade", "exercise.npz", "exercise.npz"),
        ("exercise", "make", "--students", "roster.csv", "-o", "class", "--config", small),
    ):
        seen.add(conforms(here(*command, "--json")[1])["schema"])
    seen.add("cnnbp.explore/1")  # which serves until Ctrl-C: see test_explore.py
    assert seen == {*DOCUMENTS}


def test_a_diagnosis_is_as_declared(here: Callable) -> None:
    assert here("exercise", "make", "-o", "exercise.npz")[0] == 0
    with np.load("exercise.npz", allow_pickle=False) as arrays:
        grads = {name: arrays[name] for name in arrays.files if name.endswith((".delta", ".grad_weight", ".grad_bias"))}
    Path("class").mkdir()
    grads["conv1.grad_weight"] = grads["conv1.grad_weight"][..., ::-1, ::-1]
    np.savez("class/turned.npz", **grads)
    np.savez("class/random.npz", **{name: np.random.default_rng(0).normal(size=a.shape) for name, a in grads.items()})
    Path("class", "text.json").write_text("no answers")
    assert conforms(here("diagnose", "exercise.npz", "class/turned.npz", "--json")[1])["failed"]
    for hint in (1, 2, 3):
        folder = conforms(here("diagnose", "exercise.npz", "class", "--hint", hint, "--json")[1])
        assert folder["answers"]["turned.npz"]["failed"]
        assert "error" in folder["answers"]["text.json"]
