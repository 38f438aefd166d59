"""Tables of a page, which scroll by themselves where the window is narrow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnbp_cli.show.report.markup import Markup, element


def table(caption: str, titles: Sequence[str], rows: Iterable[Sequence[str]], class_: str | None = None) -> Markup:
    """A table whose first column says what a row is about."""
    head = element("tr", (element("th", title, scope="col") for title in titles))
    body = (
        element("tr", element("th", first, scope="row"), (element("td", cell) for cell in others))
        for first, *others in rows
    )
    return framed(caption, element("thead", head), element("tbody", body), class_=class_)


def framed(caption: str, *parts: Markup, class_: str | None = None) -> Markup:
    """The parts of a table, in a frame that can be reached and scrolled by keys."""
    held = element("table", element("caption", caption), parts, class_=class_)
    return element("div", held, class_="scroll", tabindex=0, role="region", aria_label=caption)


def folded(summary: str, *parts: Markup) -> Markup:
    """What is there for those who ask."""
    return element("details", element("summary", summary), parts)


def facts(pairs: Iterable[tuple[str, str]], class_: str) -> Markup:
    """Names, and what they stand for."""
    return element(
        "dl", (element("div", element("dt", name), element("dd", value)) for name, value in pairs), class_=class_
    )
