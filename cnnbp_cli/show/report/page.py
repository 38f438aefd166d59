"""The page of a traced pass: the arrays of the forward pass, the gradients, and δ of the backward pass, as pictures.

This module writes text, equations and shapes. The page's script draws the pictures and explains each number.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cnnbp_cli.gradients.page import Choice, Numbers, Page, Panel
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.show.class_names import class_label
from cnnbp_cli.show.numbers import cost
from cnnbp_cli.show.report.document import document
from cnnbp_cli.show.report.markup import Markup, element, joined
from cnnbp_cli.show.walk import shape_text

STYLES = ("common.css", "page.css")
EXPLAIN_SCRIPTS = (
    "math.js",
    "numbers.js",
    "terms.js",
    "convolution.js",
    "pooling.js",
    "dense.js",
    "activation.js",
    "normalisation.js",
    "explain.js",
)
"""The scripts that need no DOM: arrays, and the sums behind their entries."""

SCRIPTS = (*EXPLAIN_SCRIPTS, "palette.js", "picture.js", "explanation.js", "scroll.js", "page.js")

LANES = {"forward": "forward pass →", "learn": "gradients", "backward": "← backward pass"}
"""The rows of the page, by the style of each."""

NETWORK: dict[str, str | int] = {
    "id": "network",
    "tabindex": 0,
    "role": "region",
    "aria_label": "The network, from image to loss",
}
"""The attributes of the element that scrolls."""

HELP_MOUSE = (
    "Hover over any number, or move with Tab and the arrow keys, to see the sum behind it. "
    "Click or press Enter to pin it, Esc to unpin."
)
HELP_TOUCH = "Tap any number to see the sum behind it."

LEGEND = (
    ("−max", "scale", "blue to orange", "max", "numbers with a sign"),
    ("min", "scale sequential", "pale to orange", "max", "x, a, y if never negative"),
)
"""The colour scales: the low end, style, colours, high end, and what each is for."""

UNSIGNED = ("x", "a", "y")
"""Symbols of arrays that get a sequential colour scale if none of their numbers is negative."""


def gradient_page(page: Page, title: str, *, source: str, image: str, classes: Sequence[str] = ()) -> str:
    """The page as one HTML file.

    Parameters
    ----------
    page
        The data to show.
    title
        The network's name.
    source
        Where its weights come from.
    image
        Which image, such as `test image 0`.
    classes
        The name of each class; empty if the classes have only numbers.
    """
    body = page_body(page, title, "back-propagation, number by number", page_facts(page, source, image, classes))
    return document(
        f"{title}: back-propagation, number by number", body, styles=STYLES, scripts=SCRIPTS, data=page_record(page)
    )


def page_facts(page: Page, source: str, image: str, classes: Sequence[str] = ()) -> str:
    """What is shown, in one line."""
    answers = (f"label {class_label(page.label, classes)}", f"predicted {class_label(page.answer, classes)}")
    return " · ".join((source, image, *answers, f"C = {cost(page.cost)}"))


def page_body(page: Page, title: str, kind: str, facts: str, tools: Markup | None = None) -> Markup:
    """The content of the page; `tools` are placed above the network."""
    return joined(
        [
            _header(title, kind, facts),
            tools or "",
            element("main", element("div", _network(page), **NETWORK)),
            _explanation(),
            element("p", id="spoken", class_="unseen", role="status", aria_live="polite"),
            element("noscript", element("p", "The pictures need JavaScript, which is turned off.")),
        ]
    )


def _header(title: str, kind: str, facts: str) -> Markup:
    return element(
        "header",
        element(
            "div",
            element("h1", title, element("small", kind)),
            element("p", facts, class_="facts"),
        ),
        element(
            "p",
            element("span", HELP_MOUSE, class_="mouse"),
            element("span", HELP_TOUCH, class_="touch"),
            id="help",
        ),
        element(
            "div",
            (
                element(
                    "p",
                    element("span", low),
                    element("i", class_=style, role="img", aria_label=colours),
                    element("span", high),
                    element("small", use),
                )
                for low, style, colours, high, use in LEGEND
            ),
            class_="legend",
        ),
    )


def _network(page: Page) -> Iterator[Markup]:
    yield element("div", *(element("p", text, class_=lane) for lane, text in LANES.items()), class_="lanes")
    for place, part in enumerate(page.parts):
        equations = {"forward": part.forward, "learn": part.learn, "backward": part.backward}
        heading = f"part{place}"
        yield element(
            "section",
            element("div", element("h2", part.name, " ", element("small", _kind(part)), id=heading), _shapes(part)),
            *(
                element(
                    "div",
                    (element("p", equation, class_="math") for equation in equations[lane]),
                    _choice(page, part) if lane == "forward" else "",
                    _pictures(page, part.lanes[lane]),
                    _cost(page) if lane == "forward" and part is page.parts[-1] else "",
                    class_=lane,
                )
                for lane in LANES
            ),
            class_=f"part {part.type}",
            aria_labelledby=heading,
        )


def _kind(part: Panel) -> str:
    return "" if part.type == part.name else part.type


def _shapes(part: Panel) -> Markup:
    ends = [shape_text(shape) for shape in (part.input_shape, part.output_shape) if shape]
    return element("p", " → ".join(dict.fromkeys(ends)), class_="shape")


def _cost(page: Page) -> Markup:
    return element("p", "C = ", element("b", cost(page.cost)), class_="cost")


def _choice(page: Page, part: Panel) -> str:
    """The selector of a map or unit, if the layer has more than one."""
    if part.choice is None:
        return ""
    choice = page.choices[part.choice]
    if choice.total == 1:
        return ""
    return element("div", class_="choice", data_choice=part.choice, data_array=part.roles["a"])


def _pictures(page: Page, arrays: Sequence[int]) -> str:
    return element("div", (_figure(page, array) for array in arrays), class_="pictures") if arrays else ""


def _figure(page: Page, index: int) -> Markup:
    array = page.arrays[index]
    return element(
        "figure",
        element(
            "figcaption",
            element("b", array.symbol, class_="math"),
            " ",
            element("span", shape_text(array.shape), class_="shape"),
        ),
        data_array=index,
    )


def _explanation() -> Markup:
    return element("aside", id="explanation", class_="closed", aria_label="The sum behind the selected number")


def page_record(page: Page) -> dict[str, Any]:
    return {
        "parts": [_part_record(part) for part in page.parts],
        "arrays": [_array_record(array) for array in page.arrays],
        "choices": [_choice_record(choice) for choice in page.choices],
        "label": page.label,
    }


def _part_record(part: Panel) -> dict[str, Any]:
    return {"name": part.name, "type": part.type, "roles": dict(part.roles), **part.geometry}


def _array_record(array: Numbers) -> dict[str, Any]:
    return {
        "name": array.name,
        "symbol": array.symbol,
        "rule": array.rule,
        "part": array.part,
        "equation": array.equation,
        "letters": array.letters,
        "shape": array.values.shape,
        "total": array.shape,
        "choices": array.choices,
        "view": array.view,
        "source": array.source,
        "signed": array.symbol not in UNSIGNED,
        "data": encoded(array.values),
    }


def encoded(values: Array) -> str:
    """Numbers for the page's scripts: float64, little-endian, as base64."""
    return b64encode(np.ascontiguousarray(values, "<f8").tobytes()).decode()


def _choice_record(choice: Choice) -> dict[str, Any]:
    return {
        "noun": choice.noun,
        "layer": choice.layer,
        "total": choice.total,
        "shown": choice.shown,
        "current": choice.first,
    }
