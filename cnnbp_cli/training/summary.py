"""summary.json: the results of a finished run, and the environment it ran in."""

from __future__ import annotations

from typing import Annotated, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.untrusted import read_bounded
from cnnbp_cli.training.runs import Run

MAX_BYTES = 2**20
"""Bytes of a summary.json. cnnbp writes about 600."""

_Fraction: TypeAlias = Annotated[float, Field(ge=0, le=1)]
_Epoch: TypeAlias = Annotated[int, Field(ge=1)]


class Reached(BaseModel):
    """The results shown in a list of runs."""

    model_config = ConfigDict(strict=True, frozen=True)

    test_accuracy: _Fraction
    validation_accuracy: _Fraction
    best_epoch: _Epoch
    epochs: _Epoch


class Summary(Reached):
    """The results and the environment, as shown in a report."""

    test_loss: float
    stopped_early: bool
    cnnbp: str
    numpy: str
    python: str
    machine: str


Kind = TypeVar("Kind", bound=Reached)


def read_summary(run: Run, kind: type[Kind]) -> Kind | None:
    """The fields of `kind` from the summary of a run; None if the run has not finished.

    Raises
    ------
    CnnbpError
        The file cannot be read or is damaged.
    """

    def wrong(problem: str) -> CnnbpError:
        hint = "Delete it: the run is then listed as unfinished."
        return CnnbpError(problem, where=str(run.summary), hint=hint)

    if not run.summary.exists():
        return None
    try:
        return kind.model_validate_json(read_bounded(run.summary, MAX_BYTES, wrong))
    except ValidationError:
        raise wrong("is damaged") from None
