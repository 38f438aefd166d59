"""What a live page may ask for. Every request is one JSON object; anything else in it is refused."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from annotated_types import Ge, Gt, Le, MaxLen
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from cnnbp_cli.diagnosis.one_number import MAX_TEXT
from cnnbp_cli.live.questions import About

MAX_PAD = 160
"""The longest side of a drawing, in pixels."""

MAX_ENTRY = 200
"""Characters of the name of a number."""

MAX_STEPS = 200
"""Updates in one request: a page that runs for long asks again and again, so that closing it stops the run."""

MAX_BATCH = 256

Count: TypeAlias = Annotated[int, Ge(0), Le(2**31)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    seen: Count = 0
    """The version of the numbers that the page has; only what changed since then is sent."""

    run: Count = 0
    """Changes with one number, such as those of one stroke, are undone together; 0 is a change of its own."""


class Pick(_Request):
    """Show a test image, and expect its label."""

    do: Literal["pick"]
    index: Count


class Draw(_Request):
    """Show a drawing: bytes as base64, row by row, dark on light."""

    do: Literal["draw"]
    side: Annotated[int, Ge(8), Le(MAX_PAD)]
    pixels: Annotated[str, MaxLen(4 * MAX_PAD**2 // 3 + 4)]


class Expect(_Request):
    """Expect this class."""

    do: Literal["target"]
    digit: Count


class Change(_Request):
    """Give one number another value: a pixel, a weight or a bias."""

    do: Literal["change"]
    entry: Annotated[str, MaxLen(MAX_ENTRY)]
    value: Annotated[float, Ge(-1e6), Le(1e6)]


class MakeSteps(_Request):
    """Update the weights, so many times."""

    do: Literal["step"]
    optimizer: Annotated[str, MaxLen(40)]
    learning_rate: Annotated[float, Gt(0), Le(1e3)]
    batch: Annotated[int, Ge(0), Le(MAX_BATCH)]
    """How many training images; 0 is the image shown."""
    count: Annotated[int, Ge(1), Le(MAX_STEPS)] = 1


class TakeWeights(_Request):
    """Take the weights of a save of the run."""

    do: Literal["stop"]
    place: Count


class Move(_Request):
    """Undo, redo, or take the first weights again; `show` changes nothing."""

    do: Literal["undo", "redo", "reset", "show"]


class Ask(_Request):
    """Ask the reader for a number, or for a cell."""

    do: Literal["ask"]
    about: About


class Reply(_Request):
    """The reader's answer; an empty one gives up."""

    do: Literal["reply"]
    text: Annotated[str, MaxLen(MAX_TEXT)]


Request: TypeAlias = Annotated[
    Pick | Draw | Expect | Change | MakeSteps | TakeWeights | Move | Ask | Reply, Field(discriminator="do")
]

REQUESTS: TypeAdapter[Request] = TypeAdapter(Request)
"""Validates a request."""
