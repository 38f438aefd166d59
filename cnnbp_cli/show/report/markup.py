"""HTML that cannot be broken by what stands in it: text is escaped unless an element made it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

EMPTY = frozenset({"meta", "link", "br", "img", "source"})
"""Elements without content and closing tag."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child: TypeAlias = "str | Iterable[Child]"
"""What stands in an element: one piece, or several."""


def element(tag: str, *children: Child, **attributes: str | int | None) -> Markup:
    """An element.

    Parameters
    ----------
    tag
        Its name.
    children
        What stands in it: elements, and text, which is escaped.
    attributes
        By name; `_` stands for `-`, and a trailing one is dropped (`class_`). None leaves one out.
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
    """Children one after the other."""
    parts: list[str] = []
    for child in children:
        if isinstance(child, Markup):
            parts.append(child)
        elif isinstance(child, str):
            parts.append(escape(child))
        else:
            parts.append(joined(child))
    return Markup("".join(parts))
