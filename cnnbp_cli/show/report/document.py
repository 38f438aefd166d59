"""A self-contained HTML document: it loads nothing, and runs no script but its own."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from cnnbp_cli.files.text import printable
from cnnbp_cli.show.report.markup import Markup, element, joined

ICON = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 2 2'%3E%3Cpath fill='%23d2691e' \
d='M0 0h1v1H0z'/%3E%3Cpath fill='%232f6fc4' d='M1 1h1v1H1z'/%3E%3C/svg%3E"
"""Without an icon, browsers request /favicon.ico."""


@cache  # what a policy allows and what a page contains must be the same text, also if cnnbp is updated meanwhile
def template(name: str) -> str:
    """The text of a file in the folder `template`."""
    return files("cnnbp_cli.show.report").joinpath("template", name).read_text(encoding="utf-8")


def policy(styles: Sequence[str], scripts: Sequence[str] = (), *, connects: bool = False) -> str:
    """The content security policy of a document of these files.

    It allows only this style and script, by hash. It forbids all other scripts, inline event handlers, forms, frames,
    assigning strings as HTML, and network requests; with `connects`, only those to other servers.
    """
    style, script = map(_joined, (styles, scripts))
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'" if scripts else "script-src 'none'",
            "img-src data:",
            *(["connect-src 'self'"] if connects else []),
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def document(
    title: str,
    body: Markup,
    *,
    styles: Sequence[str],
    scripts: Sequence[str] = (),
    data: Any = None,
    connects: bool = False,
) -> str:
    """The whole file, with its `policy`.

    Parameters
    ----------
    title
        Title of the browser window.
    body
        Content of the page.
    styles, scripts
        Names of files in the folder `template`, in order. The scripts share one scope.
    data
        JSON data for the scripts, stored in the element `data`.
    connects
        Whether the scripts may send requests to the server that the page is from.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy(styles, scripts, connects=connects)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("link", rel="icon", href=ICON),
        element("style", Markup(_joined(styles))),
    )
    parts = [body]
    if scripts:
        parts.append(element("script", Markup(_json(data)), type="application/json", id="data"))
        parts.append(element("script", Markup(_joined(scripts)), type="module"))
    return "<!doctype html>\n" + element("html", head, element("body", joined(parts)), lang="en") + "\n"


def show_page(console: Console, path: Path) -> None:
    """Print the path of a page that was written."""
    console.print(
        Text.assemble("Report written to ", (printable(str(path)), "bold"), " (open it in a browser)"), soft_wrap=True
    )


def _joined(names: Sequence[str]) -> str:
    return "\n".join(map(template, names))


def _json(data: Any) -> str:
    """JSON that cannot contain an HTML tag."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    """The hash of a style or script, in the notation of content security policies."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
