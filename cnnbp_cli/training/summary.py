"""summary.json: what a training that has ended came to, where, and with which programs."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.training.runs import Run

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
    try:
        with run.summary.open("rb") as file:
            text = file.read(MAX_BYTES)
        return Summary.model_validate_json(text)
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
    except ValidationError as error:
        problem = f"is not as cnnbp wrote it: {error.errors(include_url=False, include_input=False)[0]['msg']}"
    raise CnnbpError(problem, where=str(run.summary), hint="Remove it: the run then counts as one that has not ended.")
