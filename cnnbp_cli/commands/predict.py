"""`cnnbp predict`: classify the digits in pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnbp_cli.commands.images import ImageSource, load_split
from cnnbp_cli.commands.options import DataDir, Json, Mirror, Offline, checkpoint_option, path
from cnnbp_cli.errors import CnnbpError, ExitCode

if TYPE_CHECKING:
    from cnnbp_cli.mnist.photograph import Seen
    from cnnbp_cli.numerics.arrays import Shape
    from cnnbp_cli.show.predict import ReadPicture
    from cnnbp_cli.training.checkpoint import Checkpoint

COLOURS = 3
"""Channels of a network that takes pictures as they are; one that takes MNIST's form is given the digit in them."""


def predict(
    images: Annotated[
        list[Path] | None,
        typer.Argument(metavar="IMAGE…", show_default=False, parser=path, help="PNG or JPEG files, or folders."),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        checkpoint_option("Checkpoint (.npz) or run folder.", show_default="best.npz of the newest run in ./runs"),
    ] = None,
    index: Annotated[
        int | None, typer.Option(metavar="I", min=0, help="Classify this test image instead of pictures.")
    ] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
) -> None:
    """Classify the digit in a picture: a drawing, a scan, or a photo of handwriting.

    Example:  cnnbp predict photo.jpg

    Any size and colours, dark on light or light on dark; one upright digit, larger than anything else in the picture.
    For a network that was trained on pictures or on colour images, the whole picture is scaled to its input.
    Exits with 1 if a picture is blank, 2 if one cannot be read.
    """
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.predict import predict_document, show_failures, show_predict
    from cnnbp_cli.show.train import show_notes
    from cnnbp_cli.training.checkpoint import load_checkpoint
    from cnnbp_cli.training.finite import check_outputs
    from cnnbp_cli.training.runs import find_checkpoint

    if bool(images) == (index is not None):
        raise CnnbpError(
            "--index and pictures exclude each other" if images else "give pictures, or a test image with --index",
            hint="Example: cnnbp predict photo.jpg",
        )
    consoles = Consoles.of_process()
    saved = load_checkpoint(find_checkpoint(checkpoint))
    notes: list[str] = []
    if images:
        answers = list(_pictures(saved, images))
    else:
        folder, notes = ImageSource(data_dir, mirror, offline).find_trained_on(saved, "test", consoles.err)
        answers = [_test_image(saved, folder, index or 0)]
    for answer in answers:
        if answer.prediction:
            check_outputs(float(answer.prediction.outputs.sum()), saved.path)
    show_notes(consoles.err, notes)
    if as_json:
        show_json(predict_document(answers, saved.path))
    else:
        show_predict(consoles.out, answers, saved.path, table=any(image.is_dir() for image in images or ()))
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
    label = int(test.labels[index])
    return ReadPicture(f"test image {index}", image, prediction, prediction.doubts, label=label, classes=test.classes)


def _pictures(saved: Checkpoint, paths: Sequence[Path]) -> Iterator[ReadPicture]:
    import numpy as np

    from cnnbp_cli.mnist.photograph import SIDE, Seen
    from cnnbp_cli.mnist.source import class_names, trained_on_pictures
    from cnnbp_cli.show.predict import ReadPicture
    from cnnbp_cli.training.predict import check_form, predict

    shape = saved.network.input_shape
    trained_on = saved.config.data.dir
    as_trained = trained_on_pictures(trained_on) or shape[0] == COLOURS
    if not as_trained:
        check_form(saved.network, (1, SIDE, SIDE))
    classes = class_names(trained_on)
    seen = {file: _seen(file, shape if as_trained else None) for file in _files(paths)}
    found = {file: what.image for file, what in seen.items() if isinstance(what, Seen) and what.image is not None}
    predicted = predict(
        saved.network,
        saved.state.params,
        np.array([*found.values()]).reshape(-1, *(shape if shape[0] > 1 else shape[1:])),
    )
    predictions = dict(zip(found, predicted, strict=True))
    for file, what in seen.items():
        if isinstance(what, CnnbpError):
            yield ReadPicture(str(file), error=what)
        else:
            prediction = predictions.get(file)
            yield ReadPicture(
                str(file),
                what.image,
                prediction,
                (*what.doubts, *(prediction.doubts if prediction else ())),
                classes=classes,
            )


def _seen(file: Path, shape: Shape | None) -> Seen | CnnbpError:
    """A picture as the network's input: the digit in it, or all of it, scaled to `shape`."""
    from cnnbp_cli.mnist.photograph import Seen, see
    from cnnbp_cli.mnist.picture_file import read_picture
    from cnnbp_cli.mnist.picture_set import fitted

    try:
        picture = read_picture(file)
        return see(picture) if shape is None else Seen(fitted(picture, shape))
    except CnnbpError as error:
        return error


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    from cnnbp_cli.mnist.picture_file import pictures_in

    for given in paths:
        if given.is_dir():
            yield from pictures_in(given)
        else:
            yield given
