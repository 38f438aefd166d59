"""The use of a live page for a long time: does the page or the server grow?

python -m tests.browser.use MINUTES [CONFIG]

A round draws, picks, changes, undoes, learns, slides and asks. Memory is measured after the garbage of both sides has
been collected.
"""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import monotonic

from tests.browser.explored import Live

ANSWERS = ("0.0123", "1", "5, 7", "-2e-3")


def drawn(live: Live) -> None:
    live.draw((0.3, 0.2), (0.7, 0.2), (0.45, 0.85))


def changed(live: Live) -> None:
    live.act("#after")
    live.page.locator(live.picture("conv1.weight")).focus()
    live.page.keyboard.press("ArrowRight")
    live.page.keyboard.press("Enter")
    live.page.locator(".changer button").first.click()
    live.settled()


def learnt(live: Live) -> None:
    live.page.select_option("#batch", "32")
    live.page.locator("#run").click()
    live.page.wait_for_timeout(200)
    live.page.locator("#run").click()
    live.settled()


def slid(live: Live) -> None:
    for _ in range(4):
        live.page.locator("#slide-step").click()


def asked(live: Live) -> None:
    live.page.locator("#ask").click()
    live.settled()
    live.page.locator("#reply").fill(ANSWERS[0])
    live.page.keyboard.press("Enter")
    live.settled()


STATES: dict[str, Callable[[Live], None]] = {
    "drawn": drawn,
    "changed": changed,
    "learnt": learnt,
    "slid": slid,
    "asked": asked,
}
"""What a page may show, and how to get there from any other."""


@dataclass
class Figures:
    """What there is after a warm-up, and at the end: nodes and listeners of the page, bytes of both sides."""

    rounds: int
    minutes: float
    nodes_early: float
    nodes_late: float
    listeners_early: float
    listeners_late: float
    heap_early: float
    heap_late: float
    traced_early: int
    traced_late: int


def use(live: Live, rounds: int = 0, minutes: float = 0.0, warm: int = 6) -> Figures:
    """Use a page for so many rounds, or minutes."""
    session = live.page.context.new_cdp_session(live.page)
    session.send("Performance.enable")

    def measured() -> tuple[float, float, float, int]:
        live.page.locator("#slide-end").click()
        for _ in range(3):
            session.send("HeapProfiler.collectGarbage")
        found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        gc.collect()
        return found["Nodes"], found["JSEventListeners"], found["JSHeapUsedSize"], tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    began, done = monotonic(), 0
    early = (0.0, 0.0, 0.0, 0)
    try:
        while done < rounds or monotonic() - began < 60 * minutes:
            for reach in STATES.values():
                reach(live)
            live.act("#undo")
            done += 1
            if done == warm:
                early = measured()
        late = measured()
    finally:
        tracemalloc.stop()
    took = (monotonic() - began) / 60
    pairs = [number for both in zip(early, late, strict=True) for number in both]
    return Figures(done, round(took, 1), *pairs)  # type: ignore[arg-type]


def main() -> None:
    """Use the page for as long as asked, and print the figures as JSON."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import SWITCHES, found_chromium
    from tests.support.live import served, subject

    minutes, name = float(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "seed"
    with served(subject(name)) as (server, exploration), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found_chromium(), args=SWITCHES)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(server.address)
        figures = use(Live(page, wrong, exploration), minutes=minutes)
        print(json.dumps({"config": name, **asdict(figures), "errors": wrong}))
        browser.close()


if __name__ == "__main__":
    main()
