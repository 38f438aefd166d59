"""Checks across values, once each value is valid by itself: names, shapes, loss, sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnnbp_cli.config.limits import too_large
from cnnbp_cli.config.models import Config
from cnnbp_cli.config.problems import KeyPath, show_value
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.foreign_paths import refused
from cnnbp_cli.network import Network

LAYER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")

MIN_CLASSES = 2


def check(config: Config) -> Iterator[tuple[KeyPath, str]]:
    """The mistakes, each with its path in the config. Allocates no arrays."""
    for index, layer in enumerate(config.layers):
        if layer.name is not None and not LAYER_NAME.fullmatch(layer.name):
            rule = "a layer name is a letter followed by at most 39 letters, digits or _"
            yield ("layers", index, "name"), f"{rule}; got {show_value(layer.name)}"
    for index, transform in enumerate(config.data.augment or ()):
        if misfit := transform.misfit(*config.input[1:]):
            yield ("data", "augment", index), misfit
    if config.data.dir and (problem := refused(str(config.data.dir))):
        yield ("data", "dir"), f"{show_value(str(config.data.dir))} {problem}; name the folder with --data-dir instead"
    try:
        network = Network(config.input, config.layers, config.loss)
    except CnnbpError as error:
        yield _path(error), f"{error.problem}\n{error.hint}" if error.hint else error.problem
        return
    (classes,) = network.output_shape
    if classes < MIN_CLASSES:
        problem = f"the network has {classes} output; it needs one per class, so at least {MIN_CLASSES}"
        yield ("layers", len(config.layers) - 1), problem
    for step in network.steps:
        if misfit := step.layer.batch_problem(step.input_shape, config.train.batch_size):
            yield ("layers", network.names.index(step.name)), misfit
    yield from too_large(network, config.train.batch_size)


def _path(error: CnnbpError) -> KeyPath:
    """The error's location in the config, such as `layers[1].name`, as a path."""
    return tuple(int(key) if key.isdecimal() else key for key in re.findall(r"\w+", error.where or ""))
