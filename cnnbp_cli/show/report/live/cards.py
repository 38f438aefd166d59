"""The controls of a live page, a card for each thing to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnbp_cli.gradients.page import Page
from cnnbp_cli.show.numbers import cost
from cnnbp_cli.show.report.markup import Child, Markup, element

PAD = 112
"""Pixels of a drawing's sides: four for each of the network's."""

PAD_HELP = "Draw with the mouse or a finger. With the keyboard: arrow keys move the pen, Space lowers or lifts it."


def cost_text(page: Page) -> str:
    """C as the page writes it."""
    return cost(page.cost)


def history_bar(stops: Sequence[str], stop: int) -> Markup:
    """Undo, redo and reset; a slider over the saves of a run; and what the last change moved."""
    slider: Child = ""
    if len(stops) > 1:
        slider = element(
            "label",
            "weights of ",
            element("output", stops[stop], id="stop-name"),
            element("input", type="range", id="stop", min=0, max=len(stops) - 1, value=stop),
            class_="stops",
        )
    return element(
        "div",
        element(
            "div",
            button("Undo", "undo", title="Undo (Ctrl+Z)"),
            button("Redo", "redo", title="Redo (Ctrl+Shift+Z)"),
            button("Reset weights", "reset"),
            role="group",
            aria_label="History",
        ),
        slider,
        element("p", id="moved", role="status"),
        element("p", id="problem", role="alert"),
        class_="history",
    )


def image_card(classes: int, images: int, label: int, *, drawable: bool) -> Markup:
    """Draw a digit, pick a test image, open a picture; and the class that is expected."""
    pad: Child = element("p", "This network takes other images than 28×28: pick a test image.", class_="note")
    if drawable:
        pad = [
            element(
                "canvas",
                id="pad",
                width=PAD,
                height=PAD,
                tabindex=0,
                role="application",
                aria_label="Drawing pad",
                aria_describedby="pad-help",
            ),
            element("p", PAD_HELP, id="pad-help", class_="unseen"),
        ]
    return card(
        "Image",
        "image",
        element("div", pad, class_="drawing"),
        element(
            "div",
            element(
                "div",
                element("p", element("span", "predicted"), element("b", id="answer"), class_="answer"),
                field("target", "target", select("target", [str(digit) for digit in range(classes)], str(label))),
                class_="fields",
            ),
            element(
                "div",
                field("test image", "index", number("index", 0, low=0, high=images - 1, step=1)),
                button("‹", "before", aria_label="Previous test image"),
                button("›", "after", aria_label="Next test image"),
                class_="row",
            ),
            element(
                "div",
                button("Clear", "clear") if drawable else "",
                element("label", "Open a picture…", PICKER, class_="file") if drawable else "",
                class_="row",
            ),
            class_="fields",
        ),
        element("p", id="doubts", class_="note"),
    )


PICKER = element("input", type="file", id="picture", accept="image/png,image/jpeg")


def learn_card(optimizers: Mapping[str, float], batch_size: int) -> Markup:
    """Steps of an optimizer, and the cost as a curve."""
    first = next(iter(optimizers))
    rates = ",".join(f"{name}={rate:g}" for name, rate in optimizers.items())
    return card(
        "Learn",
        "learn",
        element(
            "div",
            field("optimizer", "optimizer", select("optimizer", list(optimizers), first, data_rates=rates)),
            field("learning rate", "rate", number("rate", f"{optimizers[first]:g}", low=0, step="any")),
            field("images", "batch", select("batch", ["this one", *batches(batch_size)], "this one")),
            button("Step", "step"),
            button("Run", "run", aria_pressed="false"),
            class_="row",
        ),
        element(
            "figure",
            element("canvas", id="curve", role="img", aria_label="The cost before each step: no step yet"),
            element("figcaption", element("span", "C before each step"), element("span", id="curve-range")),
        ),
    )


def slide_card() -> Markup:
    """The window moves, and products add up to one number."""
    return card(
        "Slide",
        "slide",
        element(
            "div",
            field(
                "what adds up",
                "slide-what",
                element(
                    "select",
                    element("option", "z: the window over the input", value="forward"),
                    element("option", "∂C/∂w: the input under δ", value="gradient"),
                    id="slide-what",
                ),
            ),
            field("speed", "speed", element("input", type="range", id="speed", min=0, max=5, value=2)),
            button("Play", "play", aria_pressed="false"),
            button("Step", "slide-step"),
            button("Next number", "slide-next"),
            button("End", "slide-end"),
            class_="row",
        ),
        element("p", id="slide-sum", class_="sum", role="status"),
    )


def ask_card() -> Markup:
    """Questions to the reader, and what is to be said about the answers."""
    return card(
        "Ask me",
        "ask",
        element(
            "form",
            field(
                "about",
                "about",
                element(
                    "select",
                    element("option", "an entry of δ", value="delta"),
                    element("option", "an entry of a gradient", value="gradient"),
                    element("option", "where a δ goes", value="route"),
                    id="about",
                ),
            ),
            button("Ask", "ask"),
            element("p", id="question", role="status"),
            element(
                "div",
                element("label", "your answer", for_="reply"),
                element("input", type="text", id="reply", autocomplete="off", inputmode="text"),
                element("button", "Compare", type="submit"),
                button("Copy as NumPy", "copy"),
                button("Show it", "give-up"),
                id="replying",
                class_="row",
                hidden="",
            ),
            id="asking",
            class_="row",
        ),
        element("div", id="verdict", role="status"),
    )


def batches(batch_size: int) -> list[str]:
    """The batch sizes to choose from, the config's among them."""
    return [str(size) for size in sorted({8, 32, 128, min(batch_size, 256)})]


def card(title: str, key: str, *children: Child) -> Markup:
    """A part of the controls that can be folded."""
    return element(
        "details",
        element("summary", element("h2", title)),
        element("div", *children, class_="content"),
        id=f"{key}-card",
        class_="card",
        open="",
    )


def button(text: str, key: str, **attributes: str) -> Markup:
    return element("button", text, type="button", id=key, **attributes)


def field(text: str, key: str, control: Markup) -> Markup:
    """A control with its label."""
    return element("div", element("label", text, for_=key), control, class_="field")


def select(key: str, options: Sequence[str], chosen: str, **attributes: str) -> Markup:
    return element(
        "select",
        (element("option", text, value=text, selected="" if text == chosen else None) for text in options),
        id=key,
        **attributes,
    )


def number(key: str, value: int | str, **limits: int | str) -> Markup:
    """A field for a number; `low` and `high` are its ends."""
    names = {"low": "min", "high": "max"}
    attributes = {names.get(name, name): limit for name, limit in limits.items()}
    return element("input", type="number", id=key, value=value, inputmode="decimal", **attributes)
