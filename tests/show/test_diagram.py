"""The diagram of a network: one block per shape, to scale, with every layer and its parameters, and nothing clipped."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cnnbp_cli.config import load_config
from cnnbp_cli.show.layers_table import layer_sizes
from cnnbp_cli.show.report.diagram import SHEETS, UNITS, blocks, diagram_file

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_layer_of_every_config_is_named_with_its_parameters(path: Path) -> None:
    config = load_config(path)
    root = ElementTree.fromstring(diagram_file(config))
    texts = [text.text for text in root.iter(f"{SVG}text")]
    for size in layer_sizes(config):
        assert size.name in texts
        if size.parameters:
            assert f"{size.parameters:,} parameters" in texts
    assert "×".join(map(str, config.input)) in texts
    assert root.find(f"{SVG}title").text == f"The network {config.name}"  # type: ignore[union-attr]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_nothing_is_drawn_outside(path: Path) -> None:
    root = ElementTree.fromstring(diagram_file(load_config(path)))
    width, height = map(float, root.get("viewBox", "").split()[2:])
    xs = [float(one.get(name, "0")) for one in root.iter() for name in ("x", "x1", "x2", "cx") if one.get(name)]
    ys = [float(one.get(name, "0")) for one in root.iter() for name in ("y", "y1", "y2", "cy") if one.get(name)]
    assert min(xs) >= 0 and max(xs) <= width
    assert min(ys) >= 0 and max(ys) <= height


def test_maps_are_to_scale_and_batch_norm_has_no_stack_of_its_own() -> None:
    made = blocks(load_config(CONFIGS[0].with_name("best.yaml")))
    assert [block.shape for block in made[:3]] == [(1, 28, 28), (32, 24, 24), (32, 12, 12)]
    assert [name for name, _, _ in made[2].layers] == ["pool1", "bn1"]
    assert made[1].side[0] == pytest.approx(2 * made[2].side[0])
    assert (made[1].sheets, made[0].sheets) == (SHEETS, 1)


def test_short_vectors_show_each_unit() -> None:
    drawn = diagram_file(load_config(CONFIGS[0].with_name("seed.yaml")))
    assert len(re.findall("<circle", drawn)) == 10 <= UNITS
