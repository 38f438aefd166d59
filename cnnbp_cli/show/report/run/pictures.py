"""The pictures of a run: kernels before and after training, feature maps of one digit per class, the worst mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isnan

import numpy as np

from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.show.class_names import class_label
from cnnbp_cli.show.report.markup import Markup, element
from cnnbp_cli.show.report.raster import pictured, signed
from cnnbp_cli.show.walk import shape_text
from cnnbp_cli.training.feature_maps import FeatureMaps
from cnnbp_cli.training.kernels import Kernels
from cnnbp_cli.training.report import Misclassified, RunReport

MAPS, CHANNELS = 16, 8
"""How many maps and input channels of a layer are shown at most."""

CELL, WIDE = 18, 360
"""Side of a weight, and the maximum width of a kernel row (weights shrink to fit), in CSS pixels."""

STRIP = 520
"""Width of a row of feature maps, in CSS pixels."""

DIGIT = 84


def kernel_figures(kernels: Iterable[Kernels]) -> Iterator[Markup]:
    """One figure per convolution: the kernels of each map, one per channel, before and after training."""
    for one in kernels:
        maps, channels, *_ = one.before.shape
        before, after = (float(np.abs(array).max()) for array in (one.before, one.after))
        ends = f"Colour scale: ±{before:.3g} before, ±{after:.3g} after."
        yield element(
            "figure",
            element("figcaption", element("b", one.layer), " ", _shape(one.before.shape)),
            element("div", (_kernel(one, place, before, after) for place in range(min(maps, MAPS))), class_="kernels"),
            element("p", " ".join([ends, *_left_out(maps, "maps", MAPS), *_left_out(channels, "channels", CHANNELS)])),
        )


def map_figures(found: FeatureMaps, test: Images) -> Iterator[Markup]:
    """One figure per layer: one row per map, one column per image."""
    labels = test.labels[found.places].tolist()
    digits = " ".join(map(str, labels))
    named = ", ".join(class_label(label, test.classes) for label in labels) if test.classes else digits
    images = pictured(list(test.images[found.places]), _gap(test.images.shape[-1]), f"The classes {named}", STRIP)
    answers = found.outputs.argmax(axis=0).tolist()
    predicted = "all correctly" if answers == labels else " ".join(map(str, answers))
    for layer, maps in found.maps.items():
        count = len(maps)
        yield element(
            "figure",
            element("figcaption", element("b", layer), " ", _shape(maps.shape[:-1])),
            element(
                "div",
                element("span", "x"),
                images,
                element("span"),
                (_strip(layer, place, maps[place], digits) for place in range(min(count, MAPS))),
                class_="maps",
            ),
            element("p", " ".join(_left_out(count, "maps", MAPS))) if count > MAPS else "",
        )
    note = (
        f"The first {named} of the test images. Predicted: {predicted}. "
        "The number at the right is the largest magnitude of the map."
    )
    yield element("p", note, class_="note")


def mistake_figures(report: RunReport) -> Iterator[Markup]:
    """The most confident mistakes, most confident first."""
    for mistake in report.mistakes:
        yield element("li", _mistake(report, mistake))


def _mistake(report: RunReport, mistake: Misclassified) -> Markup:
    label, answer = (class_label(one, report.test.classes) for one in (mistake.label, mistake.answer))
    alt = f"Test image {mistake.index}: label {label}, predicted {answer}"
    return element(
        "figure",
        pictured([report.test.images[mistake.index]], 0, alt, DIGIT),
        element(
            "figcaption",
            element("span", "label ", element("b", label), ", predicted ", element("b", answer)),
            element("span", f"confidence {mistake.confidence:.3f}"),
            element("small", f"image {mistake.index}"),
        ),
    )


def _kernel(one: Kernels, place: int, before: float, after: float) -> Markup:
    channels = min(one.before.shape[1], CHANNELS)
    columns = channels * (one.before.shape[-1] + 1) - 1
    width = columns * max(2, min(CELL, WIDE // columns))
    change = one.changes[place]
    changed = "" if isnan(change) else f", ‖Δw‖ = {change:.2g} ‖w‖"
    return element(
        "div",
        element("b", f"map {place}{changed}"),
        (
            (
                signed(list(kernels[place, :channels]), 1, scale, f"{one.layer} map {place} {when}", width),
                element("small", when),
            )
            for when, kernels, scale in (("before", one.before, before), ("after", one.after, after))
        ),
    )


def _strip(layer: str, place: int, maps: Array, digits: str) -> tuple[Markup, ...]:
    """One map (H, W, N): its number, its pictures, its largest magnitude."""
    largest = float(np.abs(maps).max())
    arrays = list(np.moveaxis(maps, -1, 0))
    picture = signed(arrays, _gap(maps.shape[1]), largest, f"{layer} map {place} of the classes {digits}", STRIP)
    return element("span", str(place)), picture, element("span", f"{largest:.2g}")


def _gap(side: int) -> int:
    return max(1, round(side / 13))


def _shape(shape: tuple[int, ...]) -> Markup:
    return element("span", shape_text(shape), class_="shape")


def _left_out(count: int, noun: str, shown: int) -> Iterator[str]:
    if count > shown:
        yield f"The first {shown} of {count} {noun}."
