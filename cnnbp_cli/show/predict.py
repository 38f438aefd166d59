"""`cnnbp predict`: each picture as the network sees it, its likeliest classes, and why a prediction is unsure."""

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
from cnnbp_cli.files.text import printable
from cnnbp_cli.mnist.dataset import grey
from cnnbp_cli.show.class_names import class_label, class_name
from cnnbp_cli.show.columns import TableColumn, show_rows
from cnnbp_cli.show.documents.predict import PictureDocument, PredictDocument
from cnnbp_cli.show.error import show_error
from cnnbp_cli.show.picture import PICTURE_GAP, Picture, picture_lines
from cnnbp_cli.training.predict import Prediction

TOP_CLASSES = 3
"""The likeliest classes, which are shown beside the picture."""

BAR_LENGTH = 12
"""Characters for an output of 1."""

DOUBT_WIDTH = 28
"""Characters: a 60-column terminal has room for them beside the picture."""


@dataclass(frozen=True, eq=False)
class ReadPicture:
    """A picture and its prediction.

    Attributes
    ----------
    name
        Its path, or its split and number.
    seen
        (28, 28), or (H, W) or (C, H, W) of another network, uint8: its input; None if the picture is blank or
        unreadable.
    prediction
        None if the picture is blank or unreadable.
    doubts
        Why the prediction is unsure, because of the picture or of the outputs.
    error
        Why the picture could not be read.
    label
        The true class, if it is known.
    classes
        The name of each class; empty if the classes have only numbers.
    """

    name: str
    seen: NDArray[np.uint8] | None = None
    prediction: Prediction | None = None
    doubts: tuple[str, ...] = ()
    error: CnnbpError | None = None
    label: int | None = None
    classes: tuple[str, ...] = ()


def show_predict(console: Console, pictures: Sequence[ReadPicture], checkpoint: Path, *, table: bool) -> None:
    """Print the pictures that could be read: one line each in a `table`, or each as the network sees it."""
    readable = [picture for picture in pictures if not picture.error]
    if not readable:
        return
    console.print(Text.assemble("checkpoint ", (printable(str(checkpoint)), "bold")), soft_wrap=True)
    if table:
        _show_table(console, readable)
    else:
        for picture in readable:
            _show_picture(console, picture)
    if any(picture.prediction and not picture.prediction.are_probabilities for picture in readable):
        console.print(
            Text("The outputs are sigmoid activations: each is between 0 and 1, but they are no probabilities.", "dim")
        )


def show_failures(console: Console, pictures: Sequence[ReadPicture]) -> None:
    """Print one line for each picture that could not be read."""
    for picture in pictures:
        if picture.error:
            show_error(console, picture.error.problem, where=picture.error.where)


def _show_picture(console: Console, picture: ReadPicture) -> None:
    """Print one picture as the network sees it, with the likeliest classes beside it."""
    name = Text(printable(picture.name), style="bold")
    if picture.label is not None:
        name.append(f", label {class_label(picture.label, picture.classes)}", style="not bold")
    console.print(name, soft_wrap=True)
    beside = list(_beside(picture))
    if picture.seen is None:
        for line in beside:
            console.print(line)
        return
    seen = picture.seen if picture.seen.ndim == 2 else grey(picture.seen[None])[0]
    lines = picture_lines(console, Picture("", seen, signed=False))
    for left, right in zip_longest(lines, [Text(), *beside], fillvalue=Text()):
        line = Text.assemble(left, PICTURE_GAP, right)
        line.rstrip()
        console.print(line, no_wrap=True, overflow="crop")


def _beside(picture: ReadPicture) -> Iterator[Text]:
    prediction = picture.prediction
    if prediction:
        for place, digit in enumerate(prediction.ranked[:TOP_CLASSES]):
            output = float(prediction.outputs[digit])
            full = round(BAR_LENGTH * output)
            yield Text.assemble(
                (f"{digit}  {output:.3f}  ", "" if place else "bold green"),
                ("━" * full, "green"),
                ("─" * (BAR_LENGTH - full), "dim"),
                f"  {class_name(digit, picture.classes) or ''}".rstrip(),
            )
        yield Text()
    if picture.label is not None and prediction and prediction.digit != picture.label:
        yield Text(f"wrong: the label is {class_label(picture.label, picture.classes)}", style="bold red")
    for doubt in picture.doubts:
        yield from (
            Text(line, style="yellow") for line in wrap(f"unsure: {doubt}", DOUBT_WIDTH, subsequent_indent="  ")
        )


def _show_table(console: Console, pictures: Sequence[ReadPicture]) -> None:
    """Print one line per picture, and below why some predictions are unsure."""
    rows = [_cells(picture) for picture in pictures]
    title = "class" if pictures[0].classes else "digit"
    show_rows(
        console,
        [
            TableColumn("picture", "picture", max(7, *(len(cells["picture"]) for cells in rows)), left=True),
            TableColumn("digit", title, max(5, *(len(cells["digit"]) for cells in rows))),
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
        cells |= {"digit": class_label(first, picture.classes), "output": f"{prediction.outputs[first]:.3f}"}
        cells["next"] = f"{others[0]}  {prediction.outputs[others[0]]:.3f}" if others else ""
    return {"picture": printable(picture.name), **cells, "unsure": "unsure" if picture.doubts else ""}


def predict_document(pictures: Sequence[ReadPicture], checkpoint: Path) -> PredictDocument:
    """The same for programs."""
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
        "name": class_name(prediction.digit, picture.classes) if prediction else None,
        "ranked": [{"digit": k, "output": float(prediction.outputs[k])} for k in ranked] if prediction else [],
        "unsure": list(picture.doubts),
        "label": picture.label,
        "label_name": None if picture.label is None else class_name(picture.label, picture.classes),
        "seen": None if picture.seen is None else picture.seen.tolist(),
        "error": picture.error.problem if picture.error else None,
    }
