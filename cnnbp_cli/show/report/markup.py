"""Builds HTML. Text is escaped, unless it is `Markup` that `element` returned."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

EMPTY = frozenset({"meta", "link", "br", "img", "input", "source"})
"""Void elements: no content, no closing tag."""


class Markup(str):
    """Text that is already HTML."""

    __slots__ = ()


Child: TypeAlias = "str | Iterable[Child]"
"""The content of an element: one piece, or several."""


def element(tag: str, *children: Child, **attributes: str | int | None) -> Markup:
    """An element.

    Parameters
    ----------
    tag
        Its tag name.
    children
        Its content: elements, and text, which is escaped.
    attributes
        By name: `_` becomes `-`, and a trailing `_` is dropped (`class_`). An attribute that is None is omitted.
    """
    words = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in EMPTY:
        return Markup(f"<{tag}{words}>")
    return Markup(f"<{tag}{words}>{joined(children)}</{tag}>")


def joined(children: Iterable[Child]) -> Markup:
    """Concatenate children."""
    parts: list[str] = []
    for child in children:
        if isinstance(child, Markup):
            parts.append(child)
        elif isinstance(child, str):
            parts.append(escape(child))
        else:
            parts.append(joined(child))
    return Markup("".join(parts))
