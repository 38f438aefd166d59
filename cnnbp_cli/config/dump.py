"""Convert a Config back to plain data and to YAML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from cnnbp_cli.config.models import Config
from cnnbp_cli.config.problems import KeyPath, show_path
from cnnbp_cli.config.scalars import read_plain


def to_data(config: Config) -> dict[str, Any]:
    """The config as JSON-ready data, with defaults filled in. Keys that are null are left out."""
    return config.model_dump(mode="json", exclude_none=True)


def to_values(config: Config) -> dict[str, Any]:
    """The same data, flattened: each single value under its path, such as `layers[0].filters`."""
    return dict(_values(to_data(config)))


def dump_config(config: Config, width: int = 110) -> str:
    """The config as YAML, with defaults filled in, lines broken at `width`. Loading it gives an equal Config."""
    return yaml.dump(
        to_data(config), Dumper=_Dumper, default_flow_style=None, sort_keys=False, allow_unicode=True, width=width
    )


def _values(value: Any, path: KeyPath = ()) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _values(inner, (*path, key))
    else:
        yield show_path(path), value


class _Dumper(yaml.SafeDumper):
    """Quotes every string that our reader would not read as text: to PyYAML, which follows YAML 1.1, 1e3 is text."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        try:
            is_text = read_plain(text) == text
        except ValueError:
            is_text = False
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_text else "'")

    def represent_section(self, section: dict[str, Any]) -> yaml.MappingNode:
        """`type` comes first, even where a class inherits other keys."""
        return self.represent_mapping(
            "tag:yaml.org,2002:map", sorted(section.items(), key=lambda item: item[0] != "type")
        )


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.add_representer(dict, _Dumper.represent_section)
