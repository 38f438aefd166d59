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
from cnnbp_cli.show.columns import TableColumn, show_rows
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
class ReadPicture:
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
    """Print which network pictures."""
    console.print(Text.assemble("by ", (printable(str(checkpoint)), "bold")), soft_wrap=True)


def show_answer(console: Console, picture: ReadPicture) -> None:
    """Print one picture as the network sees it, with the likeliest digits beside it."""
    name = Text(printable(picture.name), style="bold")
    if picture.label is not None:
        name.append(f", a {picture.label}", style="not bold")
    console.print(name, soft_wrap=True)
    beside = list(_beside(picture))
    if picture.seen is None:
        for line in beside:
            console.print(line)
        return
    drawn = picture_lines(console, Picture("", picture.seen, signed=False))
    for left, right in zip_longest(drawn, [Text(), *beside], fillvalue=Text()):
        line = Text.assemble(left, GAP, right)
        line.rstrip()
        console.print(line, no_wrap=True, overflow="crop")


def _beside(picture: ReadPicture) -> Iterator[Text]:
    prediction = picture.prediction
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
    if picture.label is not None and prediction and prediction.digit != picture.label:
        yield Text(f"wrong: it is a {picture.label}", style="bold red")
    for doubt in picture.doubts:
        yield from (Text(line, style="yellow") for line in wrap(f"unsure: {doubt}", BESIDE, subsequent_indent="  "))


def show_table(console: Console, pictures: Sequence[ReadPicture]) -> None:
    """Print a line for each picture, and below why some pictures are unsure."""
    rows = [_cells(picture) for picture in pictures if not picture.error]
    if not rows:
        return
    show_rows(
        console,
        [
            TableColumn("picture", "picture", max(7, *(len(cells["picture"]) for cells in rows)), left=True),
            TableColumn("digit", "digit", 5),
            TableColumn("output", "output", 6),
            TableColumn("next", "next", 8, rank=1),
            TableColumn("unsure", "", 6, left=True),
        ],
        rows,
        ["yellow" if cells["unsure"] else "" for cells in rows],
    )
    for picture in pictures:
        if picture.doubts:
            reasons = f"{printable(picture.name)}: {'; '.join(picture.doubts)}"
            console.print(Text(reasons, style="yellow"), soft_wrap=True)


def _cells(picture: ReadPicture) -> dict[str, str]:
    cells = dict.fromkeys(("digit", "output", "next"), "–")
    if prediction := picture.prediction:
        first, *others = prediction.ranked
        cells |= {"digit": str(first), "output": f"{prediction.outputs[first]:.3f}"}
        cells["next"] = f"{others[0]}  {prediction.outputs[others[0]]:.3f}" if others else ""
    return {"picture": printable(picture.name), **cells, "unsure": "unsure" if picture.doubts else ""}


def show_remark(console: Console, pictures: Sequence[ReadPicture]) -> None:
    """Say what the numbers are, where they are no probabilities."""
    if any(picture.prediction and not picture.prediction.are_probabilities for picture in pictures):
        console.print(
            Text("The numbers are the outputs of sigmoid units, each for itself from 0 to 1: no probabilities.", "dim")
        )


def show_failures(console: Console, pictures: Sequence[ReadPicture]) -> None:
    """Print a line for each picture that could not be read."""
    for picture in pictures:
        if picture.error:
            show_error(console, picture.error.problem, where=picture.error.where)


def prediction_document(pictures: Sequence[ReadPicture], checkpoint: Path) -> PredictDocument:
    """All pictures."""
    kinds = {picture.prediction.are_probabilities for picture in pictures if picture.prediction}
    return {
        "schema": "cnnbp.predict/1",
        "checkpoint": str(checkpoint),
        "outputs": None if not kinds else "probabilities" if kinds.pop() else "activations",
        "pictures": [_picture(picture) for picture in pictures],
    }


def _picture(picture: ReadPicture) -> PictureDocument:
    prediction = picture.prediction
    ranked = prediction.ranked if prediction else []
    return {
        "picture": picture.name,
        "digit": prediction.digit if prediction else None,
        "ranked": [{"digit": k, "output": float(prediction.outputs[k])} for k in ranked] if prediction else [],
        "unsure": list(picture.doubts),
        "label": picture.label,
        "seen": None if picture.seen is None else picture.seen.tolist(),
        "error": picture.error.problem if picture.error else None,
    }
