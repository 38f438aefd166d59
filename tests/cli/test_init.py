"""`cnnbp init`: whatever it writes trains as it is; nothing is overwritten unasked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnbp_cli.commands.presets import presets
from cnnbp_cli.config import config_schema, load_config
from cnnbp_cli.config.starter import SCHEMA_FILE, starter
from tests.cli.small import ROOT

PRESETS = sorted(file.stem for file in (ROOT / "configs").glob("*.yaml"))


def test_the_presets_are_the_files_of_configs() -> None:
    assert list(presets()) == PRESETS
    assert {"seed", "lenet5"} <= {*PRESETS}


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_written_is_the_preset_and_trains(here: Callable, name: str) -> None:
    code, out, err = here("init", "--preset", name)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"  cnnbp train --config {name}.yaml"
    assert load_config(f"{name}.yaml") == load_config(ROOT / "configs" / f"{name}.yaml")
    short = ["--set", "train.epochs=1", "--set", "data.validation=1000", "--threads", "1", "--quiet"]
    code, out, err = here("train", "--config", f"{name}.yaml", *short)
    assert (code, err) == (0, "")
    assert "test accuracy" in out


@pytest.mark.parametrize("name", PRESETS)
def test_every_key_is_explained_and_an_editor_finds_the_schema(here: Callable, name: str) -> None:
    here("init", "sub.yaml", "--preset", name)
    lines = Path("sub.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"# yaml-language-server: $schema={SCHEMA_FILE}"
    assert json.loads(Path(SCHEMA_FILE).read_text(encoding="utf-8")) == config_schema()
    described = config_schema()["properties"]
    for key, field in described.items():
        place = next((i for i, line in enumerate(lines) if line.startswith(f"{key}:")), None)
        if place is not None:
            assert lines[place - 1] == f"# {field['description']}"
    assert lines[1].startswith("# ")  # what the preset is


def test_a_preset_opens_with_what_it_is() -> None:
    for name, file in presets().items():
        assert file.read_text(encoding="utf-8").startswith("# "), name


def test_comments_are_put_above_inner_keys_and_layers() -> None:
    text = "name: a\nlayers:\n  - {type: flatten}\n  - {type: flatten}\ntrain:\n  epochs: 3\n"
    lines = starter(text).splitlines()
    assert lines.count("  # flatten: From feature maps to a vector; no number is copied or changed.") == 1
    assert lines[lines.index("  epochs: 3") - 1] == "  # Number of passes over the training images."


def test_nothing_is_overwritten_unasked(here: Callable) -> None:
    Path("seed.yaml").write_text("mine")
    code, out, err = here("init")
    assert (code, out) == (2, "")
    assert err.startswith("error: seed.yaml: already exists")
    assert [path.name for path in Path().iterdir()] == ["seed.yaml"]
    assert Path("seed.yaml").read_text() == "mine"
    assert here("init", "--force")[0] == 0
    assert here("init", "--preset", "lenet5")[0] == 0  # the schema beside it is the same
    Path(SCHEMA_FILE).write_text("mine")
    assert here("init", "--preset", "tiny")[2].startswith(f"error: {SCHEMA_FILE}: already exists")
    assert not Path("tiny.yaml").exists()


def test_wrong_turns(here: Callable) -> None:
    code, out, err = here("init", "--preset", "leet5")
    assert (code, out) == (2, "")
    assert err.startswith("error: --preset: there is no preset 'leet5'\nDid you mean lenet5? The presets are ")
    code, out, err = here("init", "nowhere/a.yaml")
    assert (code, out, err.splitlines()[0]) == (2, "", "error: nowhere: there is no such folder")


def test_the_list(here: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    code, out, _ = here("init", "--list")
    assert code == 0
    assert [line for line in out.splitlines() if not line.startswith(" ")] == PRESETS
    assert max(map(len, out.splitlines())) <= 60
