"""The document of `cnnbp check`."""

from __future__ import annotations

from typing import Literal

from cnnbp_cli.show.documents.diagnose import AnswerDocument


class CheckDocument(AnswerDocument):
    """`cnnbp check`: one run of a program, and what is wrong in the answers that it saved."""

    schema: Literal["cnnbp.check/1"]
    program: str
    exercise: str
    mine: str
    """The file that the program saved."""
    seconds: float
    """How long it ran."""
    output: str
    """The last part of what it printed."""
    hint: int
