"""summary.json: what a training that has ended came to, where, and with which programs."""

from __future__ import annotations

from typing import Annotated, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.untrusted import read_bounded
from cnnbp_cli.training.runs import Run

MAX_BYTES = 2**20

_Fraction: TypeAlias = Annotated[float, Field(ge=0, le=1)]
_Epoch: TypeAlias = Annotated[int, Field(ge=1)]


class Reached(BaseModel):
    """What a list of runs shows."""

    model_config = ConfigDict(strict=True, frozen=True)

    test_accuracy: _Fraction
    validation_accuracy: _Fraction
    best_epoch: _Epoch
    epochs: _Epoch


class Summary(Reached):
    """And what a page of the run tells besides."""

    test_loss: float
    stopped_early: bool
    cnnbp: str
    numpy: str
    python: str
    machine: str


Kind = TypeVar("Kind", bound=Reached)


def read_summary(run: Run, kind: type[Kind]) -> Kind | None:
    """The summary of a run, or as much of it as `kind` has; None where the training has not ended.

    Raises
    ------
    CnnbpError
        The file cannot be read, or is not what cnnbp wrote.
    """

    def wrong(problem: str) -> CnnbpError:
        hint = "Remove it: the run then counts as one that has not ended."
        return CnnbpError(problem, where=str(run.summary), hint=hint)

    if not run.summary.exists():
        return None
    try:
        return kind.model_validate_json(read_bounded(run.summary, MAX_BYTES, wrong))
    except ValidationError:
        raise wrong("is damaged") from None
