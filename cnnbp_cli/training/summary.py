"""summary.json: what a training that has ended came to, where, and with which programs."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.training.runs import Run
from cnnbp_cli.untrusted.files import read_bounded
from cnnbp_cli.untrusted.text import printable

MAX_BYTES = 2**20


class Summary(BaseModel):
    """What of the file cannot be found elsewhere in the run."""

    model_config = ConfigDict(strict=True, frozen=True)

    test_loss: float
    test_accuracy: Annotated[float, Field(ge=0, le=1)]
    stopped_early: bool
    cnnbp: str
    numpy: str
    python: str
    machine: str


def read_summary(run: Run) -> Summary | None:
    """The summary of a run; None where it has not ended.

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
        return Summary.model_validate_json(read_bounded(run.summary, MAX_BYTES, wrong))
    except ValidationError as error:
        complaint = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise wrong(f"is not as cnnbp wrote it: {printable(complaint, 200)}") from None
