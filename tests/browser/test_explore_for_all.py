"""The live page for everybody: with the keyboard alone, with a finger, in all widths, and for a long time."""

from __future__ import annotations

import re

import pytest

from cnnbp_cli.live.explored import Explored
from cnnbp_cli.live.state import HISTORY_BYTES
from tests.browser.explored import Explore, Live
from tests.browser.use import STATES, use
from tests.support.live import subject


def unfold(live: Live) -> None:
    """Open all cards, most of which are folded in a narrow window."""
    live.page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 800, 1280])
def test_no_violations_in_any_state(explore: Explore, seed_subject: Explored, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    live = explore(seed_subject, width=width, scheme=scheme)
    unfold(live)
    if width == 390:
        live.page.locator("#network .picture canvas").first.click()  # opens the panel
    for state, reach in STATES.items():
        reach(live)
        assert live.page.evaluate("document.documentElement.scrollWidth") <= width, state
        if state in ("changed", "asked"):  # with everything that a state can show
            found = axe.Axe().run(live.page).response["violations"]
            assert [(one["id"], one["nodes"][0]["target"]) for one in found] == [], state


@pytest.mark.parametrize("name", ["seed", "lenet5"])
@pytest.mark.parametrize("width", [390, 800, 1280, 1920])
def test_controls_do_not_overlap(explore: Explore, name: str, width: int) -> None:
    live = explore(subject(name), width=width)
    unfold(live)
    live.page.locator("#ask").click()
    live.wait("#question")
    boxes = live.page.locator(
        "#tools button, #tools select, #tools input:not([type=file]), #tools canvas, #tools .file, #tools summary"
    ).evaluate_all(
        """all => all.map(one => one.getBoundingClientRect()).filter(({width}) => width)
          .map(({x, y, right, bottom}) => [x, y, right, bottom])"""
    )
    assert len(boxes) > 25
    for n, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert right <= width
        for others in boxes[:n]:
            inside = others[0] < right - 0.5 and left < others[2] - 0.5
            assert not (inside and others[1] < bottom - 0.5 and top < others[3] - 0.5)


def press(live: Live, *keys: str) -> None:
    for key in keys:
        live.page.keyboard.press(key)


def reach(live: Live, name: str) -> None:
    """Press Tab until the control of this id has the focus."""
    for _ in range(80):
        press(live, "Tab")
        if live.page.evaluate("document.activeElement.id") == name:
            return
    raise AssertionError(f"Tab does not reach {name}")


def test_everything_can_be_done_with_the_keyboard_alone(explore: Explore, seed_subject: Explored) -> None:
    live = explore(seed_subject)
    reach(live, "pad")
    press(live, " ", *["ArrowDown"] * 8, *["ArrowRight"] * 3, " ")
    live.settled()
    assert "your drawing" in live.facts
    assert 5 < live.session.shown.state.image.sum() < 200
    press(live, "Control+z")
    live.settled()
    assert "test image 0" in live.facts
    reach(live, "target")
    press(live, "ArrowDown")
    live.settled()
    assert "label 8" in live.facts
    reach(live, "step")
    press(live, "Enter")
    live.settled()
    assert live.session.shown.state.learning
    reach(live, "slide-step")
    press(live, "Enter", "Enter", "Enter")
    assert re.search(r"Σ of 2 of 25", live.page.locator("#slide-sum").inner_text())
    reach(live, "ask")
    press(live, "Enter")
    live.wait("#question")
    reach(live, "reply")
    live.page.keyboard.type("123.4")
    press(live, "Enter")
    live.wait("#verdict", "This is not it")
    picture = live.page.locator(live.picture("conv1.weight"))
    picture.focus()
    press(live, "ArrowRight", "Enter")
    reach(live, "change")
    before = live.session.shown.state.params.whole.copy()
    press(live, "Control+a")
    live.page.keyboard.type("0.5")
    press(live, "Enter")
    live.settled()
    assert (live.session.shown.state.params.whole != before).sum() == 1


def test_a_finger_draws(explore: Explore, seed_subject: Explored) -> None:
    live = explore(seed_subject, width=390, height=800, touch=True)
    live.page.locator("#pad").evaluate("pad => pad.scrollIntoView({ block: 'center' })")
    box = live.pad().bounding_box()
    assert box
    session = live.page.context.new_cdp_session(live.page)
    for kind, y in [("touchStart", 0.2), *[("touchMove", 0.2 + 0.06 * n) for n in range(10)], ("touchEnd", None)]:
        point = [] if y is None else [{"x": box["x"] + box["width"] / 2, "y": box["y"] + y * box["height"]}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": point})
    live.settled()
    assert "your drawing" in live.facts
    assert live.session.shown.page.answer == 1 or live.session.shown.state.image.sum() > 5
    assert live.page.evaluate("scrollX") == 0


def test_long_use_does_not_grow(explore: Explore, seed_subject: Explored) -> None:
    """The short form of `python -m tests.browser.use`."""
    figures = use(explore(seed_subject), rounds=24)
    assert figures.nodes_late <= 1.05 * figures.nodes_early + 20
    assert figures.listeners_late <= figures.listeners_early + 5
    assert figures.heap_late <= 1.25 * figures.heap_early + 2e6
    assert figures.traced_late <= figures.traced_early + HISTORY_BYTES + 2e6
