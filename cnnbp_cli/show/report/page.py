"""The page of a traced pass: the network on the way up, what it learns, and δ on the way down, as pictures.

Here stand the words, equations and shapes; the script of the page draws the pictures and tells of each number the
sum that makes it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cnnbp_cli.gradients.page import Choice, Numbers, Page, Panel
from cnnbp_cli.show.numbers import cost
from cnnbp_cli.show.report.document import document
from cnnbp_cli.show.report.markup import Markup, element, joined
from cnnbp_cli.show.walk import shape_text

STYLES = ("common.css", "page.css")
SUMS = (
    "math.js",
    "numbers.js",
    "terms.js",
    "convolution.js",
    "pooling.js",
    "dense.js",
    "activation.js",
    "normalisation.js",
    "sums.js",
)
"""What needs no page: the arrays and the sums behind their entries."""

SCRIPTS = (*SUMS, "palette.js", "picture.js", "tell.js", "page.js")

LANES = {"up": "the way up →", "learn": "what is learnt", "down": "← the way down"}


def gradient_page(page: Page, title: str, *, source: str, image: str) -> str:
    """The page as one HTML file.

    Parameters
    ----------
    page
        What it shows.
    title
        The network's name.
    source
        Where its weights are from.
    image
        Which image it is, such as `test image 0`.
    """
    body = joined(
        [
            _header(page, title, source, image),
            element("main", _network(page), id="network", tabindex=0, aria_label="The network, from image to loss"),
            _told(),
            element("p", id="spoken", class_="unseen", role="status", aria_live="polite"),
            element("noscript", element("p", "The pictures are drawn by this page's script, which is switched off.")),
        ]
    )
    return document(
        f"{title}: back-propagation, number by number", body, styles=STYLES, scripts=SCRIPTS, data=page_record(page)
    )


def _header(page: Page, title: str, source: str, image: str) -> Markup:
    facts = (source, f"{image}, a {page.label}", f"the network says {page.answer}", f"C = {cost(page.cost)}")
    help_text = (
        "Point at any number, or move with Tab and the arrow keys: below stands the sum that makes it. "
        "A click or Enter holds it, Esc lets it go."
    )
    return element(
        "header",
        element(
            "div",
            element("h1", title, element("small", "back-propagation, number by number")),
            element("p", " · ".join(facts), class_="facts"),
        ),
        element("p", help_text, id="help"),
        element(
            "div",
            element("span", "−max"),
            element("span", class_="scale", role="img", aria_label="Blue is negative, orange positive, the middle 0"),
            element("span", "+max"),
            element("small", "one scale of colours; each array's max stands beneath it"),
            class_="legend",
        ),
    )


def _network(page: Page) -> Iterator[Markup]:
    yield element("div", *(element("p", text, class_=lane) for lane, text in LANES.items()), class_="lanes")
    for place, part in enumerate(page.parts):
        equations = {"up": part.up, "learn": part.learn, "down": part.down}
        heading = f"part{place}"
        yield element(
            "section",
            element("div", element("h2", part.name, " ", element("small", _kind(part)), id=heading), _shapes(part)),
            *(
                element(
                    "div",
                    (element("p", equation, class_="math") for equation in equations[lane]),
                    _choice(page, part) if lane == "up" else "",
                    _pictures(page, part.lanes[lane]),
                    _cost(page) if lane == "up" and part is page.parts[-1] else "",
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
    """Where a map or unit of this part is picked, if there is more than one."""
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


def _told() -> Markup:
    return element("aside", id="told", aria_label="Where this number comes from")


def page_record(page: Page) -> dict[str, Any]:
    return {
        "parts": [_part(part) for part in page.parts],
        "arrays": [_array(array) for array in page.arrays],
        "choices": [_picked(choice) for choice in page.choices],
        "label": page.label,
    }


def _part(part: Panel) -> dict[str, Any]:
    return {"name": part.name, "type": part.type, "roles": dict(part.roles), **part.geometry}


def _array(array: Numbers) -> dict[str, Any]:
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
        "data": b64encode(np.ascontiguousarray(array.values, "<f8").tobytes()).decode(),
    }


def _picked(choice: Choice) -> dict[str, Any]:
    return {
        "noun": choice.noun,
        "layer": choice.layer,
        "total": choice.total,
        "shown": choice.shown,
        "now": choice.first,
    }
