"""`cnnbp config`: the layer table, the resolved values, the schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnbp_cli.config import config_schema, load_config
from tests.cli.small import ROOT

CONFIGS = ROOT / "configs"


def test_show_names_shapes_and_sizes(cnnbp: Callable) -> None:
    result = cnnbp("config", "show", CONFIGS / "seed.yaml")
    assert result.returncode == 0
    assert result.stderr == ""
    table = [line.removeprefix("# ").split() for line in result.stdout.splitlines() if line.startswith("#")]
    assert table[1:] == [
        ["layer", "type", "output", "parameters", "per", "image"],
        ["input", "1×28×28"],
        ["conv1", "conv2d", "3×24×24", "78", "43,200"],
        ["pool1", "max_pool2d", "3×12×12"],
        ["flatten1", "flatten", "432"],
        ["dense1", "dense", "10", "4,330", "4,320"],
        ["total", "4,408", "47,520"],
    ]


@pytest.mark.parametrize("name", sorted(path.name for path in CONFIGS.glob("*.yaml")))
def test_what_show_prints_into_a_file_is_that_config(here: Callable, name: str) -> None:
    code, shown, _ = here("config", "show", CONFIGS / name)
    assert code == 0
    Path("copy.yaml").write_text(shown, encoding="utf-8")
    assert load_config("copy.yaml") == load_config(CONFIGS / name)


def test_show_applies_overrides(here: Callable) -> None:
    overrides = ["--set", "train.epochs=3", "--set", "layers.0.filters=7"]
    _, shown, _ = here("config", "show", CONFIGS / "seed.yaml", *overrides)
    assert "epochs: 3\n" in shown
    assert "7×24×24" in shown


def test_show_on_a_narrow_terminal_gives_up_columns_whole(here: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    _, shown, _ = here("config", "show", CONFIGS / "lenet5.yaml")
    table = [line for line in shown.splitlines() if line.startswith("#")]
    assert max(map(len, table)) <= 40
    assert "# conv2     16×10×10       2,416" in table


def test_schema_is_json(cnnbp: Callable) -> None:
    result = cnnbp("config", "schema")
    assert result.returncode == 0
    assert json.loads(result.stdout) == config_schema()


def test_draw_writes_a_diagram_beside_its_name(here: Callable, small: Path) -> None:
    code, out, err = here("config", "draw", small)
    assert (code, out, err) == (0, "Diagram written to small.svg (SVG)\n", "")
    assert Path("small.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert here("config", "draw", small)[2].startswith("error: small.svg: already exists")
    document = json.loads(here("config", "draw", small, "-o", "net.svg", "--set", "layers.0.filters=5", "--json")[1])
    assert document["shapes"] == [[1, 28, 28], [5, 12, 12], [5, 6, 6], [180], [10]]
    assert (document["schema"], document["path"]) == ("cnnbp.config.draw/1", "net.svg")
