"""The gradient page, opened in a browser, and the traces it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cnnbp_cli.gradients.page import page_data
from cnnbp_cli.gradients.trace import Trace
from cnnbp_cli.show.report.page import gradient_page
from tests.support.pages import normed_trace, seed_trace, zoo_trace

if TYPE_CHECKING:
    from playwright.sync_api import Page

POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")


@dataclass
class Look:
    """An open gradient page."""

    page: Page
    wrong: list[str]

    def picture(self, name: str) -> str:
        """CSS selector of the picture of an array."""
        place = self.page.evaluate(
            "name => JSON.parse(document.getElementById('data').textContent).arrays.findIndex(a => a.name === name)",
            name,
        )
        return f'figure[data-array="{place}"] .picture'

    def point(self, name: str, row: int, column: int, rows: int, columns: int) -> None:
        """Move the mouse to a cell of an array's picture, which has one panel."""
        canvas = self.page.locator(self.picture(name)).locator("canvas")
        canvas.evaluate("canvas => canvas.scrollIntoView({block: 'center', inline: 'center'})")
        box = canvas.bounding_box()
        assert box
        self.page.mouse.move(
            box["x"] + box["width"] * (column + 0.5) / columns, box["y"] + box["height"] * (row + 0.5) / rows
        )

    @property
    def explanation(self) -> str:
        return self.page.locator("#explanation").inner_text()

    @property
    def name(self) -> str:
        """The entry explained, as `--explain` accepts it."""
        text = self.page.locator("#explanation .option code").text_content()
        assert text
        return text.removeprefix("--explain ").strip("'")

    @property
    def entries(self) -> list[str]:
        """The entries that the panel links to."""
        return self.page.locator("#explanation button[data-entry]").evaluate_all(
            "all => all.map(one => one.dataset.entry)"
        )

    def follow(self, name: str) -> None:
        """Click the first link to an entry of an array."""
        self.page.locator(f"#explanation button[data-entry^='{name}[']").first.click()

    @property
    def value(self) -> float:
        """The result of the sum."""
        return number(self.page.locator("#explanation output").inner_text())

    def highlighted(self, name: str) -> bool:
        """Whether the picture of an array contains the mark's colour."""
        canvas = self.page.locator(self.picture(name)).locator("canvas")
        colours = canvas.evaluate(COLOURS)
        mark = self.page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--mark').trim()")
        return int(mark[1:], 16) in colours


COLOURS = """canvas => {
  const copy = document.createElement('canvas');
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const pen = copy.getContext('2d', { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  const { data } = pen.getImageData(0, 0, copy.width, copy.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) colours.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
  return [...colours];
}"""
"""All colours of a canvas, as numbers; read from a copy, because reading slows a canvas down."""


def number(text: str) -> float:
    """A number as the page writes it: −2.31·10⁻⁷."""
    mantissa, _, power = text.translate(POWERS).partition("·10")
    return float(mantissa) * 10.0 ** int(power or 0)


def close(shown: float, true: float) -> bool:
    """Whether six digits agree."""
    return abs(shown - true) <= 1e-5 * abs(true)


Open = Callable[..., Look]


@pytest.fixture
def look(visit: Callable, tmp_path: Path) -> Open:
    """Opens the page of a trace."""
    paths = (tmp_path / f"page{number}.html" for number in count())

    def open_page(
        traced: Trace, title: str = "seed", width: int = 1280, height: int = 900, scheme: str = "light", **more: bool
    ) -> Look:
        path = next(paths)
        path.write_text(gradient_page(page_data(traced), title, source=title, image=title), encoding="utf-8")
        seen = visit(path, width, height, scheme, **more)
        return Look(seen.page, seen.wrong)

    return open_page


@pytest.fixture(scope="module")
def seed() -> Trace:
    return seed_trace()


@pytest.fixture(scope="module")
def zoo() -> Trace:
    return zoo_trace()


@pytest.fixture(scope="module")
def normed() -> Trace:
    return normed_trace()


@pytest.fixture(scope="module")
def lenet() -> Trace:
    return seed_trace("lenet5")
