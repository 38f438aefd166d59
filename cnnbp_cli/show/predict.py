"""What a network says of pictures: what it sees, the likeliest digits, and why it is unsure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from textwrap import wrap

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.text import Text

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.show.columns import Column, show_rows
from cnnbp_cli.show.console import printable
from cnnbp_cli.show.documents.predict import PictureDocument, PredictDocument
from cnnbp_cli.show.error import show_error
from cnnbp_cli.show.picture import GAP, Picture, picture_lines
from cnnbp_cli.training.predict import Prediction

SHOWN = 3
"""Of the classes, the likeliest."""

BAR = 12

BESIDE = 28
"""Characters that there is room for beside the picture on a narrow terminal."""


@dataclass(frozen=True, eq=False)
class Answer:
    """A picture, and what came of it.

    Attributes
    ----------
    name
        Its path, or its split and number.
    seen
        (28, 28), uint8: what the network was given; None where there was nothing to give.
    prediction
        None where there is nothing to see, or no picture.
    doubts
        Of the picture and of the network.
    error
        Why there is no picture.
    label
        What it really is, where that is known.
    """

    name: str
    seen: NDArray[np.uint8] | None = None
    prediction: Prediction | None = None
    doubts: tuple[str, ...] = ()
    error: CnnbpError | None = None
    label: int | None = None


def show_source(console: Console, checkpoint: Path) -> None:
    """Print which network answers."""
    console.print(Text.assemble("by ", (printable(str(checkpoint)), "bold")), soft_wrap=True)


def show_answer(console: Console, answer: Answer) -> None:
    """Print one picture as the network sees it, with the likeliest digits beside it."""
    name = Text(printable(answer.name), style="bold")
    if answer.label is not None:
        name.append(f", a {answer.label}", style="not bold")
    console.print(name, soft_wrap=True)
    beside = list(_beside(answer))
    if answer.seen is None:
        for line in beside:
            console.print(line)
        return
    picture = picture_lines(console, Picture("", answer.seen, signed=False))
    for left, right in zip_longest(picture, [Text(), *beside], fillvalue=Text()):
        line = Text.assemble(left, GAP, right)
        line.rstrip()
        console.print(line, no_wrap=True, overflow="crop")


def _beside(answer: Answer) -> Iterator[Text]:
    prediction = answer.prediction
    if prediction:
        for place, digit in enumerate(prediction.ranked[:SHOWN]):
            output = float(prediction.outputs[digit])
            full = round(BAR * output)
            yield Text.assemble(
                (f"{digit}  {output:.3f}  ", "" if place else "bold green"),
                ("━" * full, "green"),
                ("─" * (BAR - full), "dim"),
            )
        yield Text()
    if answer.label is not None and prediction and prediction.digit != answer.label:
        yield Text(f"wrong: it is a {answer.label}", style="bold red")
    for doubt in answer.doubts:
        yield from (Text(line, style="yellow") for line in wrap(f"unsure: {doubt}", BESIDE, subsequent_indent="  "))


def show_table(console: Console, answers: Sequence[Answer]) -> None:
    """Print a line for each picture, and below why some answers are unsure."""
    rows = [_cells(answer) for answer in answers if not answer.error]
    if not rows:
        return
    show_rows(
        console,
        [
            Column("picture", "picture", max(7, *(len(cells["picture"]) for cells in rows)), left=True),
            Column("digit", "digit", 5),
            Column("output", "output", 6),
            Column("next", "next", 8, rank=1),
            Column("unsure", "", 6, left=True),
        ],
        rows,
        ["yellow" if cells["unsure"] else "" for cells in rows],
    )
    for answer in answers:
        if answer.doubts:
            reasons = f"{printable(answer.name)}: {'; '.join(answer.doubts)}"
            console.print(Text(reasons, style="yellow"), soft_wrap=True)


def _cells(answer: Answer) -> dict[str, str]:
    cells = dict.fromkeys(("digit", "output", "next"), "–")
    if prediction := answer.prediction:
        first, *others = prediction.ranked
        cells |= {"digit": str(first), "output": f"{prediction.outputs[first]:.3f}"}
        cells["next"] = f"{others[0]}  {prediction.outputs[others[0]]:.3f}" if others else ""
    return {"picture": printable(answer.name), **cells, "unsure": "unsure" if answer.doubts else ""}


def show_remark(console: Console, answers: Sequence[Answer]) -> None:
    """Say what the numbers are, where they are no probabilities."""
    if any(answer.prediction and not answer.prediction.are_probabilities for answer in answers):
        console.print(
            Text("The numbers are the outputs of sigmoid units, each for itself from 0 to 1: no probabilities.", "dim")
        )


def show_failures(console: Console, answers: Sequence[Answer]) -> None:
    """Print a line for each picture that could not be read."""
    for answer in answers:
        if answer.error:
            show_error(console, answer.error.problem, where=answer.error.where)


def prediction_document(answers: Sequence[Answer], checkpoint: Path) -> PredictDocument:
    """All pictures."""
    kinds = {answer.prediction.are_probabilities for answer in answers if answer.prediction}
    return {
        "schema": "cnnbp.predict/1",
        "checkpoint": str(checkpoint),
        "outputs": None if not kinds else "probabilities" if kinds.pop() else "activations",
        "pictures": [_picture(answer) for answer in answers],
    }


def _picture(answer: Answer) -> PictureDocument:
    prediction = answer.prediction
    ranked = prediction.ranked if prediction else []
    return {
        "picture": answer.name,
        "digit": prediction.digit if prediction else None,
        "ranked": [{"digit": k, "output": float(prediction.outputs[k])} for k in ranked] if prediction else [],
        "unsure": list(answer.doubts),
        "label": answer.label,
        "seen": None if answer.seen is None else answer.seen.tolist(),
        "error": answer.error.problem if answer.error else None,
    }
