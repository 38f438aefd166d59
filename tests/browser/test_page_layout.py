"""The gradient page in windows of several widths, on touch screens and on paper."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from cnnbp_cli.gradients.trace import Trace
from tests.browser.opened import COLOURS, Look, Open, number

WIDTHS = (390, 800, 1280)

BOXES = """all => all.map(one => one.getBoundingClientRect())
  .filter(({width, height}) => width && height).map(({x, y, right, bottom}) => [x, y, right, bottom])"""


def boxes(seen: Look, selector: str) -> list[list[float]]:
    """Left, top, right and bottom of the visible elements."""
    return seen.page.locator(selector).evaluate_all(BOXES)


def overlap(one: list[float], other: list[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("width", [*WIDTHS, 1180, 1440])
@pytest.mark.parametrize("kind", ["seed", "lenet", "zoo"])
def test_nothing_overlaps_or_leaves_the_window(
    look: Open, kind: str, width: int, request: pytest.FixtureRequest
) -> None:
    seen = look(request.getfixturevalue(kind), width=width)
    if width == 390:
        seen.page.locator("#network .picture canvas").first.click()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    parts = boxes(seen, "#explanation > .text, #explanation > .pictures, #explanation > .terms")
    assert parts
    assert not [pair for pair in combinations(parts, 2) if overlap(*pair)]
    assert all(left >= 0 and right <= width for left, _, right, _ in parts)
    if width > 700:
        labels = boxes(seen, ".lanes p")
        assert not [(label, bar) for label in labels for bar in boxes(seen, ".range") if overlap(label, bar)]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_hint_takes_the_whole_line(look: Open, seed: Trace, width: int) -> None:
    [[left, top, right, bottom]] = boxes(look(seed, width=width), "#help")
    assert right - left > 0.85 * width
    assert bottom - top < 65


def test_a_wide_network_shows_that_it_scrolls(look: Open, lenet: Trace) -> None:
    seen = look(lenet, width=1440)
    seen.page.emulate_media(reduced_motion="reduce")
    later, earlier = seen.page.locator("button.later"), seen.page.locator("button.earlier")
    assert re.fullmatch(r"Scroll to \d layers? *|Scroll to \d later layers?", later.get_attribute("aria-label") or "")
    assert earlier.is_hidden()
    network = seen.page.locator("#network")
    scrolled = [0]
    while later.is_visible():
        later.click()
        scrolled.append(network.evaluate("one => one.scrollLeft"))
        assert scrolled[-1] > scrolled[-2]  # at once: nothing glides
        seen.page.wait_for_timeout(50)
    assert earlier.is_visible()
    assert network.evaluate("one => one.scrollLeft + one.clientWidth >= one.scrollWidth - 4")


def test_a_network_that_fits_has_no_scroll_buttons(look: Open, seed: Trace) -> None:
    seen = look(seed, width=1440)
    assert not boxes(seen, "button.scroll")


def test_every_row_has_a_picture_where_it_has_an_equation(look: Open, seed: Trace) -> None:
    seen = look(seed)
    loss = seen.page.locator(".part.mse .backward")
    assert "∂C/∂a = a − y" in loss.inner_text()
    assert (loss.locator(".picture").get_attribute("aria-label") or "").startswith("dense1.delta_a: 10, from ")


def test_numbers_without_a_sign_use_the_whole_scale(look: Open, seed: Trace) -> None:
    seen = look(seed)
    values = seed.layer("pool1").a[..., 0]
    assert values.min() > 0
    chosen = int((seen.page.locator(".choice button[aria-pressed=true]").get_attribute("title") or "").split()[1])
    picture = seen.page.locator(seen.picture("pool1.a"))
    low, high = re.findall(r"from (\S+) to (\S+)", picture.get_attribute("aria-label") or "")[0]
    assert number(low) == pytest.approx(values.min(), rel=0.06)
    assert number(high) == pytest.approx(values.max(), rel=0.06)
    colours = picture.locator("canvas").evaluate(COLOURS)
    ends = [
        int(seen.page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('--{stop}')")[1:], 16)
        for stop in ("zero", "positive")
    ]
    assert (ends[0] in colours) == (values[chosen].min() == values.min())
    assert (ends[1] in colours) == (values[chosen].max() == values.max())
    brightness = [sum((colour >> shift) & 255 for shift in (0, 8, 16)) for colour in colours]
    assert max(brightness) - min(brightness) > 300
    figure = picture.locator("..")
    assert figure.locator(".range .sequential").count() == 1
    signed = seen.page.locator(seen.picture("conv1.z")).locator("..")
    assert signed.locator(".range .sequential").count() == 0


def test_one_notation_for_an_entry(look: Open, seed: Trace, zoo: Trace) -> None:
    seen = look(seed)
    seen.point("conv1.weight", 2, 3, 5, 5)
    text = seen.page.locator("#explanation .text").inner_text() + seen.page.locator("#explanation .terms").inner_text()
    assert "∂C/∂w" in text
    assert re.findall(r"conv1\.\w+\[", text) == ["conv1.weight["]  # what --explain needs
    seen = look(zoo)
    for name in ("conv2.a", "conv2.z", "conv2.weight"):
        seen.page.locator(seen.picture(name)).focus()
        for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
            seen.page.keyboard.press(key)
            equations = seen.page.locator("#explanation .text .math").all_inner_texts()
            assert not [text for text in equations if re.search(r"\d[+−·]\d", text)]


def test_a_delta_says_which_layer_computes_it(look: Open, seed: Trace) -> None:
    seen = look(seed)
    seen.point("pool1.delta", 3, 4, 12, 12)
    assert "δ of pool1 = ∂C/∂x of flatten1: " in seen.explanation
    seen.point("conv1.delta", 3, 4, 24, 24)
    assert "∂C/∂a of conv1 = ∂C/∂x of pool1: " in seen.explanation


def test_focus_explains_but_changes_no_selector(look: Open, seed: Trace) -> None:
    seen = look(seed)
    pressed = seen.page.locator(".choice button[aria-pressed=true]")
    first, unit = pressed.get_attribute("title"), seen.page.get_by_label("unit of dense1").input_value()
    other = next(name for name in ("map 0", "map 1") if name != first)
    seen.page.get_by_role("button", name=f"{other} of conv1").click()
    seen.page.locator(seen.picture("conv1.z")).focus()
    names = set()
    for _ in range(24):
        seen.page.keyboard.press("Tab")
        names.add(seen.name.partition("[")[0])
        assert pressed.get_attribute("title") == other
        assert seen.page.get_by_label("unit of dense1").input_value() == unit
    assert len(names) > 8
    seen.page.locator(seen.picture("flatten1.delta")).focus()
    seen.page.keyboard.press("ArrowRight")  # now the reader asks for it
    assert seen.name.startswith("flatten1.delta")


TARGETS = "button, select, summary, a"


@pytest.mark.parametrize(("width", "touch", "least"), [(1280, False, 24), (390, True, 44)])
def test_targets_are_large_enough(look: Open, seed: Trace, width: int, touch: bool, least: int) -> None:
    seen = look(seed, width=width, touch=touch)
    if touch:
        seen.page.locator(seen.picture("conv1.weight")).locator("canvas").tap()
    targets = boxes(seen, TARGETS)
    assert len(targets) >= 8
    small = [box for box in targets if min(box[2] - box[0], box[3] - box[1]) < least - 0.01]
    assert not small


def test_on_a_phone_the_panel_opens_by_a_tap_and_closes(look: Open, seed: Trace) -> None:
    seen = look(seed, width=390, height=844, touch=True)
    panel = seen.page.locator("#explanation")
    assert panel.is_hidden()
    assert "Tap any number" in seen.page.locator("#help").inner_text()
    canvas = seen.page.locator(seen.picture("conv1.grad_weight")).locator("canvas")
    canvas.tap()
    assert panel.is_visible()
    assert seen.name.startswith("conv1.grad_weight[")
    assert "Esc" not in seen.page.locator("body").inner_text()
    [[_, top, _, bottom]] = boxes(seen, "#explanation")
    assert bottom - top <= 0.4 * 844
    [[_, _, _, low]] = boxes(seen, seen.picture("conv1.grad_weight"))
    assert low <= top  # the number itself stays visible
    seen.page.get_by_role("button", name="Close").tap()
    assert panel.is_hidden()


def test_unpinning_needs_no_keyboard(look: Open, seed: Trace) -> None:
    seen = look(seed)
    seen.point("conv1.weight", 1, 1, 5, 5)
    unpin = seen.page.get_by_role("button", name="Unpin")
    assert unpin.is_hidden()
    seen.page.mouse.down()
    seen.page.mouse.up()
    unpin.click()
    assert unpin.is_hidden()
    seen.point("conv1.weight", 3, 2, 5, 5)
    assert seen.name.endswith(",3,2]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["seed", "lenet"])
def test_paper_holds_everything(look: Open, kind: str, scheme: str, request: pytest.FixtureRequest) -> None:
    seen = look(request.getfixturevalue(kind), width=740, scheme=scheme)
    seen.page.emulate_media(media="print")
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 740
    figures = boxes(seen, "#network figure")
    assert len(figures) == seen.page.locator("#network figure").count()
    assert all(right <= 740 for _, _, right, _ in figures)
    [panel] = boxes(seen, "#explanation")
    assert not [figure for figure in figures if overlap(figure, panel)]
    assert panel[1] >= max(bottom for *_, bottom in figures)
    assert not boxes(seen, "#help, .scroll, .controls")


def test_nothing_moves_by_itself(look: Open, seed: Trace) -> None:
    seen = look(seed)
    seen.page.emulate_media(reduced_motion="reduce")
    seen.point("conv1.weight", 1, 1, 5, 5)
    assert seen.page.evaluate("document.getAnimations().length") == 0
