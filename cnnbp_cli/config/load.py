"""Load a Config from a file or from plain data: read it, apply overrides, validate it, check it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cnnbp_cli.config.checks import check
from cnnbp_cli.config.document import Document
from cnnbp_cli.config.files import read_text
from cnnbp_cli.config.modelled import modelled
from cnnbp_cli.config.models import Config
from cnnbp_cli.config.overrides import apply_overrides
from cnnbp_cli.config.problems import ConfigError, ConfigProblem, SourceLocation, show_value
from cnnbp_cli.config.schema import config_schema
from cnnbp_cli.config.yaml_reader import read_inline, read_yaml


def load_config(path: Path | str, overrides: Sequence[str] = ()) -> Config:
    """The config in a YAML file.

    Parameters
    ----------
    path
        The file.
    overrides
        Values that replace those in the file, such as `train.epochs=3` or `layers[0].filters=4`.

    Raises
    ------
    ConfigError
        Lists every mistake found, each with its location.
    """
    return _validated(read_yaml(read_text(Path(path)), str(path)), overrides)


def config_from_data(data: Any, where: str, overrides: Sequence[str] = ()) -> Config:
    """The config in data that `to_data` returned, or that an untrusted source claims it did.

    JSON is YAML: the data goes through the same reader, and so the same limits, as a file.

    Raises
    ------
    ConfigError
        As for `load_config`; the location of each mistake is `where`.
    """
    try:
        text = json.dumps(data, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError([ConfigProblem(SourceLocation(where), (), f"the config is not JSON: {error}")]) from None
    return _validated(read_inline(text, SourceLocation(where)), overrides)


def _validated(document: Document, overrides: Sequence[str]) -> Config:
    if isinstance(document.data, dict):
        apply_overrides(document, overrides)
    if document.data is None and not document.mistakes:
        document.mistake((), "the file is empty; cnnbp init writes a config to start from")
    elif not isinstance(document.data, dict):
        document.mistake((), f"a config is a mapping (`key: value`), not {show_value(document.data)}")
    else:
        config = modelled(document, Config, config_schema())
        if config and not document.mistakes:
            for path, problem in check(config):
                document.mistake(path, problem)
            if not document.mistakes:
                return config
    raise ConfigError(document.mistakes)
