"""The rubric: what each tensor is worth, and what follows from a mistake, in a YAML file that is checked like a config.

points: 20                      # of a complete and correct submission; if left out, the sum of the weights
weights:
  "*": 1                        # the last pattern that matches a tensor counts
  "conv*.grad_weight": 3
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel, ConfigDict

from cnnbp_cli.config import ConfigError
from cnnbp_cli.config.document import Document
from cnnbp_cli.config.files import read_text
from cnnbp_cli.config.modelled import modelled
from cnnbp_cli.config.problems import did_you_mean, show_value
from cnnbp_cli.config.yaml_reader import read_yaml

KIND = "rubric"
"""What messages call the file."""

FORWARD = (".z", ".a")
"""The ends of the names of forward values: they may be submitted, and weigh nothing unless a rubric says otherwise."""


class Rubric(BaseModel):
    """How verdicts become points."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    points: Annotated[float, Gt(0), Le(1_000_000)] | None = None
    """Points of a complete and correct submission. If left out, the sum of the weights."""

    weights: dict[str, Annotated[float, Ge(0), Le(1_000_000)]] | None = None
    """The weight of each tensor, by name or pattern, such as `conv*.grad_weight`. The last pattern that matches counts;
    a tensor that none matches weighs 0. If left out, each delta and gradient weighs 1."""

    carried_forward: Annotated[float, Ge(0), Le(1)] = 1.0
    """The part of its weight that a tensor gets that is correct given an earlier mistake of the student."""

    repeated: Annotated[float, Ge(0), Le(1)] = 0.0
    """The part of its weight that a tensor gets that has the same mistake as the same tensor of an earlier layer."""

    inconclusive: Annotated[float, Ge(0), Le(1)] = 1.0
    """The part of its weight that an INCONCLUSIVE tensor gets, unless it has too few digits to be judged."""

    conventions: bool = True
    """Whether tensors under another convention than the exercise's get their weight."""

    layouts: bool = True
    """Whether tensors in another layout than the exercise's get their weight."""


DEFAULT_RUBRIC = Rubric()


def read_rubric(path: Path, wanted: Iterable[str], given: Iterable[str]) -> Rubric:
    """The rubric in a file.

    Parameters
    ----------
    path
        The file.
    wanted
        The deltas and gradients of the exercise.
    given
        What else may be submitted: the values of the forward pass.

    Raises
    ------
    ConfigError
        Lists every mistake in the file, each with its line.
    """
    document = read_yaml(read_text(path, KIND), str(path))
    rubric = None
    if not isinstance(document.data, dict) and not document.mistakes:
        empty = document.data is None
        words = (
            "the file is empty" if empty else f"a rubric is a mapping (`key: value`), not {show_value(document.data)}"
        )
        document.mistake((), words)
    elif isinstance(document.data, dict):
        rubric = modelled(document, Rubric, Rubric.model_json_schema())
        if isinstance(patterns := document.data.get("weights"), dict):
            _check_names(document, patterns, [*wanted, *given])
    if rubric is None or document.mistakes:
        raise ConfigError(document.mistakes, kind=KIND)
    return rubric


def weights(rubric: Rubric, wanted: Iterable[str], given: Iterable[str]) -> dict[str, float]:
    """The weight of each tensor; `wanted` and `given` as for `read_rubric`."""
    if rubric.weights is None:
        return dict.fromkeys(wanted, 1.0) | dict.fromkeys(given, 0.0)
    wanted = list(wanted)
    found = {name: _weight(rubric.weights, name) for name in wanted}
    forward = {pattern: weight for pattern, weight in rubric.weights.items() if pattern.endswith(FORWARD)}
    return found | {name: _weight(forward, name) for name in given}


def _weight(by_pattern: Mapping[str, float], name: str) -> float:
    matching = [weight for pattern, weight in by_pattern.items() if fnmatchcase(name, pattern)]
    return matching[-1] if matching else 0.0


def _check_names(document: Document, by_pattern: Mapping[str, object], names: list[str]) -> None:
    for pattern in by_pattern:
        if not any(fnmatchcase(name, pattern) for name in names):
            near = did_you_mean(pattern, names)
            hint = f"; did you mean `{near}`?" if near else f"; its tensors are {', '.join(names)}"
            document.mistake(("weights", pattern), f"matches no tensor of this exercise{hint}")
    if not document.mistakes and not any(by_pattern.values()):
        document.mistake(("weights",), "every weight is 0; at least one must be more")
