"""`cnnbp predict`: which digits are in one's own pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnbp_cli.commands.completion import complete_checkpoint
from cnnbp_cli.commands.images import find_images, load_split
from cnnbp_cli.commands.options import DataDir, Json, Mirror, Offline
from cnnbp_cli.errors import CnnbpError, ExitCode

if TYPE_CHECKING:
    from cnnbp_cli.mnist.photograph import Seen
    from cnnbp_cli.show.predict import ReadPicture
    from cnnbp_cli.training.checkpoint import Checkpoint


def predict(
    images: Annotated[
        list[Path] | None,
        typer.Argument(metavar="IMAGE…", show_default=False, help="PNG or JPEG files, or folders of them."),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="CKPT",
            show_default="best.npz of the newest run in ./runs",
            help="A .npz file of cnnbp train, or a run folder.",
            autocompletion=complete_checkpoint,
        ),
    ] = None,
    index: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Take a test image instead, by its number.")
    ] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
) -> None:
    """Read the digit in a picture: a drawing, a scan, or a photograph of one on paper.

    Example:  cnnbp predict photo.jpg

    Any size, any colours, dark on light or light on dark; one digit, upright, larger than what else is there.
    The exit code is 1 where a picture shows nothing, 2 where one cannot be read.
    """
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.predict import (
        prediction_document,
        show_answer,
        show_failures,
        show_remark,
        show_source,
        show_table,
    )
    from cnnbp_cli.training.checkpoint import load_checkpoint
    from cnnbp_cli.training.runs import find_checkpoint

    if bool(images) == (index is not None):
        raise CnnbpError(
            "name pictures, or one test image with --index N" if not images else "--index takes no pictures beside it",
            hint="Such as: cnnbp predict photo.jpg",
        )
    consoles = Consoles.of_process()
    saved = load_checkpoint(find_checkpoint(checkpoint))
    if images:
        answers = list(_pictures(saved, images))
    else:
        folder = find_images(saved.config, consoles.err, data_dir=data_dir, mirror=mirror, offline=offline)
        answers = [_test_image(saved, folder, index or 0)]
    if as_json:
        show_json(prediction_document(answers, saved.path))
    else:
        if not all(answer.error for answer in answers):
            show_source(consoles.out, saved.path)
        if any(path.is_dir() for path in images or ()):
            show_table(consoles.out, answers)
        else:
            for answer in answers:
                if not answer.error:
                    show_answer(consoles.out, answer)
        show_remark(consoles.out, answers)
        show_failures(consoles.err, answers)
    if any(answer.error for answer in answers):
        raise typer.Exit(ExitCode.USAGE)
    if not all(answer.prediction for answer in answers):
        raise typer.Exit(ExitCode.FAILED)


def _test_image(saved: Checkpoint, folder: Path, index: int) -> ReadPicture:
    from cnnbp_cli.show.predict import ReadPicture
    from cnnbp_cli.training.predict import predict

    test, _ = load_split(folder, saved.config, "test")
    if index >= len(test):
        raise CnnbpError(f"the test images are 0 to {len(test) - 1:,}", where=f"--index {index}")
    image = test.images[index]
    (prediction,) = predict(saved.network, saved.state.params, image[None])
    return ReadPicture(f"test image {index}", image, prediction, prediction.doubts, label=int(test.labels[index]))


def _pictures(saved: Checkpoint, paths: Sequence[Path]) -> Iterator[ReadPicture]:
    import numpy as np

    from cnnbp_cli.mnist.photograph import SIDE, Seen
    from cnnbp_cli.show.predict import ReadPicture
    from cnnbp_cli.training.predict import check_form, predict

    check_form(saved.network, (1, SIDE, SIDE))
    seen = {path: _seen(path) for path in _files(paths)}
    found = {path: what.image for path, what in seen.items() if isinstance(what, Seen) and what.image is not None}
    predicted = predict(saved.network, saved.state.params, np.array([*found.values()]).reshape(-1, SIDE, SIDE))
    predictions = dict(zip(found, predicted, strict=True))
    for path, what in seen.items():
        if isinstance(what, CnnbpError):
            yield ReadPicture(str(path), error=what)
        else:
            prediction = predictions.get(path)
            yield ReadPicture(
                str(path), what.image, prediction, (*what.doubts, *(prediction.doubts if prediction else ()))
            )


def _seen(path: Path) -> Seen | CnnbpError:
    from cnnbp_cli.mnist.photograph import see
    from cnnbp_cli.mnist.picture_file import read_picture

    try:
        return see(read_picture(path))
    except CnnbpError as error:
        return error


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    from cnnbp_cli.mnist.picture_file import pictures_in

    for path in paths:
        if path.is_dir():
            yield from pictures_in(path)
        else:
            yield path
