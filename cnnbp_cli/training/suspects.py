"""Which config value makes a training diverge, if it is not the learning rate."""

from __future__ import annotations

from collections.abc import Iterator

from cnnbp_cli.config import Config
from cnnbp_cli.numerics.extremes import Extreme


def suspects(config: Config) -> Iterator[str]:
    """A line of advice for each value that grows without bound at any learning rate, or together with this one."""
    places = [("train.optimizer", config.train.optimizer.extremes())]
    places += [(f"layers[{index}]", layer.extremes()) for index, layer in enumerate(config.layers)]
    for section, extremes in places:
        for extreme in extremes:
            yield _advice(section, extreme)


def _advice(section: str, extreme: Extreme) -> str:
    return f"{extreme.effect}: --set {section}.{extreme.key}={extreme.usual:g}"
