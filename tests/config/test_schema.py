"""The JSON Schema is one, describes every key, and agrees with the loader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cnnbp_cli.config import ConfigError, config_from_data, config_schema, load_config, to_data
from cnnbp_cli.config.schema import attribute_docs, summary
from cnnbp_cli.config.yaml_reader import read_yaml
from cnnbp_cli.layers import LAYER_TYPES, LAYERS

SHIPPED = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


@pytest.fixture
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(json.dumps(config_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_what_the_loader_takes_the_schema_takes(
    validator: jsonschema.Draft202012Validator, seed: str, seed_file: Path
) -> None:
    validator.validate(read_yaml(seed, "seed").data)
    validator.validate(to_data(load_config(seed_file)))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_configs(path: Path, validator: jsonschema.Draft202012Validator) -> None:
    validator.validate(read_yaml(path.read_text(encoding="utf-8"), path.name).data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("filters: 3", "fliters: 3"),
        ("filters: 3", "filters: 0"),
        ("filters: 3", "filters: '3'"),
        ("kernel_size: 5", "kernel_size: [5, 5, 5]"),
        ("type: flatten", "name: f"),
        ("type: flatten", "type: flat"),
        ("type: max_pool2d", "type: conv2d"),
        ("name: seed", "name: ../seed"),
        ("loss: mse\n", ""),
        ("[1, 28, 28]", "[1, 28]"),
        ("type: sgd", "type: step"),
        ("momentum: 0.9", "momentum: 1"),
        ("validation: 5000", "validation: 0"),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(
    old: str, new: str, seed: str, validator: jsonschema.Draft202012Validator
) -> None:
    data = read_yaml(seed.replace(old, new), "seed").data
    with pytest.raises(ConfigError):
        config_from_data(data, "seed")
    assert not validator.is_valid(data)


def test_every_layer_is_there() -> None:
    schema = config_schema()
    kinds = schema["properties"]["layers"]["items"]["discriminator"]["mapping"]
    assert set(kinds) == LAYER_TYPES.keys()
    assert len(kinds) == len(LAYERS)


def test_every_section_and_key_is_described() -> None:
    schema = config_schema()
    for definition in (schema, *schema["$defs"].values()):
        assert definition["description"]
        assert "----" not in definition["description"]
        for key, field in definition["properties"].items():
            assert key in ("type", "name") or field.get("description"), f"{definition['title']}.{key}"


def test_attributes_of_a_docstring() -> None:
    class Base:
        """What is shared.

        Attributes
        ----------
        width
            The width.
        low, high
            The ends
            of it.
        """

    class Derived(Base):
        """What it is, in
        two lines.

        Attributes
        ----------
        width
            Another width.

            With a paragraph.
        depth : int
            The depth.

        Raises
        ------
        ValueError
            Never.
        """

    assert summary(Derived) == "What it is, in two lines."
    assert attribute_docs(Derived) == {
        "width": "Another width. With a paragraph.",
        "low": "The ends of it.",
        "high": "The ends of it.",
        "depth": "The depth.",
    }


def test_the_schema_is_made_once_and_is_data() -> None:
    schema: dict[str, Any] = config_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(schema)) == schema
