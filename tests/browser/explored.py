"""The live page, opened in a browser, from a real server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cnnbp_cli.live.exploration import Exploration
from cnnbp_cli.live.explored import Explored
from cnnbp_cli.live.session import Session
from tests.browser.opened import Look
from tests.support.live import served, subject

if TYPE_CHECKING:
    from playwright.sync_api import Locator

ANSWERED = """([selector, event]) => new Promise(done => {
  const place = document.querySelector('header .facts');
  const began = performance.now();
  new MutationObserver((_, observer) => {
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  }).observe(place, { childList: true, characterData: true, subtree: true });
  const target = document.querySelector(selector);
  if (event === 'click') target.click(); else target.dispatchEvent(new Event(event, { bubbles: true }));
})"""
"""Milliseconds from an event to the moment at which the answer is painted."""


ANYTHING = re.compile(r"\S")


@dataclass
class Live(Look):
    """An open live page, and its session on the server."""

    exploration: Exploration

    @property
    def session(self) -> Session:
        """The newest."""
        *_, session = self.exploration.sessions
        return session

    def act(self, selector: str, event: str = "click") -> float:
        """Fire an event that asks the server for something; returns how many milliseconds the answer took."""
        took: float = self.page.evaluate(ANSWERED, [selector, event])
        return took

    def set(self, selector: str, value: str) -> float:
        """Set a field, and wait for the answer."""
        self.page.locator(selector).evaluate("(field, value) => { field.value = value; }", value)
        return self.act(selector, "change")

    def wait(self, selector: str, text: str | re.Pattern[str] = ANYTHING) -> None:
        """Wait until an element contains a text."""
        self.page.locator(selector).filter(has_text=text).wait_for()

    @property
    def facts(self) -> str:
        return self.page.locator("header .facts").inner_text()

    @property
    def problem(self) -> str:
        return self.page.locator("#problem").inner_text()

    def shown(self, name: str) -> Any:
        """The numbers that the page has of an array: those in the picture's label."""
        return self.page.locator(self.picture(name)).get_attribute("aria-label")

    def pad(self) -> Locator:
        return self.page.locator("#pad")

    def draw(self, *points: tuple[float, float]) -> None:
        """Draw a line through points on the pad, in fractions of its sides, and wait until it is shown."""
        self.pad().evaluate("pad => pad.scrollIntoView({ block: 'center' })")
        box = self.pad().bounding_box()
        assert box
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=5)
        self.page.mouse.up()
        self.settled()
        self.wait("header .facts", "your drawing")

    def settled(self) -> None:
        """Wait until every request is answered."""
        self.page.locator("#tools[aria-busy=false]").wait_for()


Explore = Callable[..., Live]


@pytest.fixture
def explore(visit: Callable) -> Iterator[Explore]:
    """Opens the live page of a subject."""
    with ExitStack() as stack:

        def open_page(
            what: Explored, width: int = 1280, height: int = 900, scheme: str = "light", **more: bool
        ) -> Live:
            server, exploration = stack.enter_context(served(what))
            seen = visit(server.address, width, height, scheme, **more)
            return Live(seen.page, seen.wrong, exploration)

        yield open_page


@pytest.fixture(scope="module")
def seed_subject() -> Explored:
    return subject()
