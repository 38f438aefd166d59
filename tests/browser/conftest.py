"""A headless Chromium, if installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.explored import explore, seed_subject
from tests.browser.opened import lenet, look, normed, seed, zoo

__all__ = ["explore", "lenet", "look", "normed", "seed", "seed_subject", "zoo"]

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def found_chromium() -> str | None:
    """Chromium from $CHROMIUM or the search path."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; tests are skipped without it or without playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = found_chromium()
    if path is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as run:
        chromium = run.chromium.launch(executable_path=path, args=SWITCHES)
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """An open page, with its console messages, errors and network requests."""

    page: Page
    wrong: list[str] = field(default_factory=list)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens a file, or an address, in a window.

    Fails at the end if any page logged or raised anything, or requested anything from elsewhere.
    """
    opened = []

    def open_page(
        where: Path | str, width: int = 1280, height: int = 900, scheme: str = "light", *, touch: bool = False
    ) -> Visit:
        size: ViewportSize = {"width": width, "height": height}
        context = browser.new_context(viewport=size, color_scheme=scheme, has_touch=touch, is_mobile=touch)  # type: ignore[arg-type]
        seen = Visit(context.new_page())
        opened.append((context, seen))
        seen.page.on("console", lambda message: seen.wrong.append(message.text))
        seen.page.on("pageerror", lambda error: seen.wrong.append(str(error)))
        own = where if isinstance(where, str) else "file:"
        allowed = (own, "data:")
        seen.page.on("request", lambda request: request.url.startswith(allowed) or seen.wrong.append(request.url))
        seen.page.goto(where if isinstance(where, str) else where.as_uri())
        return seen

    yield open_page
    for context, seen in opened:
        assert seen.wrong == []
        context.close()
