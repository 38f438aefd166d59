"""Tables, which scroll on their own in narrow windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnbp_cli.show.report.markup import Markup, element


def table(caption: str, titles: Sequence[str], rows: Iterable[Sequence[str]], class_: str | None = None) -> Markup:
    """A table whose first column holds the row headings."""
    head = element("tr", (element("th", title, scope="col") for title in titles))
    body = (
        element("tr", element("th", first, scope="row"), (element("td", cell) for cell in others))
        for first, *others in rows
    )
    return framed(caption, element("thead", head), element("tbody", body), class_=class_)


def framed(caption: str, *parts: Markup, class_: str | None = None) -> Markup:
    """A table of these parts, in a frame that is focusable and scrolls with the keyboard."""
    held = element("table", element("caption", caption), parts, class_=class_)
    return element("div", held, class_="scroll", tabindex=0, role="region", aria_label=caption)


def folded(summary: str, *parts: Markup) -> Markup:
    """Details behind a summary."""
    return element("details", element("summary", summary), parts)


def facts(pairs: Iterable[tuple[str, str]], class_: str) -> Markup:
    """Names and their values, as a description list."""
    return element(
        "dl", (element("div", element("dt", name), element("dd", value)) for name, value in pairs), class_=class_
    )
