"""The live page in a browser: products that add up frame by frame, and questions to the reader."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cnnbp_cli.live.explored import Explored
from tests.browser.explored import Explore, Live
from tests.browser.opened import close, number


def sum_of(live: Live) -> tuple[int, int, float]:
    """How many products have been added, of how many, and their sum."""
    text = live.page.locator("#slide-sum").inner_text()
    done, count = map(int, re.findall(r"Σ of (\d+) of (\d+) products", text)[0])
    return done, count, number(live.page.locator("#slide-sum output").inner_text())


def step(live: Live) -> None:
    live.page.locator("#slide-step").click()


def test_the_products_of_a_window_add_up_to_z(explore: Explore, seed_subject: Explored) -> None:
    live = explore(seed_subject)
    step(live)
    layer = live.session.shown.trace.layer("conv1")
    k, i, j = map(int, re.findall(r"\d+", live.name.split("[")[1]))
    window = layer.input[:, i : i + 5, j : j + 5, 0]
    products = (layer.params["weight"][k] * window).reshape(-1)
    assert np.count_nonzero(products) > 10
    for done in range(1, 26):
        step(live)
        count, of, total = sum_of(live)
        assert (count, of) == (done, 25)
        expected = products[:done].sum() + (layer.params["bias"][k] if done == 25 else 0)
        assert abs(total - expected) <= 1e-4 * np.abs(products).max() + 1e-4 * abs(expected)
        assert ("= ?" in live.explanation) == (done < 25)
    assert close(live.value, layer.z[k, i, j, 0])
    assert live.highlighted("input")
    step(live)  # the window moves on
    assert live.name == f"conv1.z[{k},{i},{j + 1}]"
    assert sum_of(live)[0] == 0
    live.page.locator("#slide-end").click()
    assert live.page.locator("#slide-sum").inner_text() == ""


def test_the_products_of_a_kernel_weight_add_up_over_the_image(explore: Explore, seed_subject: Explored) -> None:
    live = explore(seed_subject)
    live.page.select_option("#slide-what", "gradient")
    live.page.locator("#speed").fill("5")
    live.page.locator("#play").click()
    first = live.name
    live.page.wait_for_timeout(600)
    live.page.locator("#play").click()
    done, count, total = sum_of(live)
    assert count == 576
    assert done >= 32
    layer = live.session.shown.trace.layer("conv1")
    k, c, m, n = map(int, re.findall(r"\d+", live.name.split("[")[1]))
    products = (layer.delta[k, ..., 0] * layer.input[c, m : m + 24, n : n + 24, 0]).reshape(-1)
    assert abs(total - products[:done].sum()) <= 1e-4 * np.abs(products).max()
    live.page.wait_for_timeout(200)
    assert sum_of(live)[0] == done  # paused
    live.page.locator("#slide-next").click()
    assert live.name != first


def test_nothing_moves_by_itself_under_reduced_motion(explore: Explore, seed_subject: Explored) -> None:
    live = explore(seed_subject)
    live.page.locator("#play").click()
    live.page.emulate_media(reduced_motion="reduce")
    live.page.wait_for_timeout(100)
    assert live.page.locator("#play").is_disabled()
    before = sum_of(live)
    live.page.wait_for_timeout(700)
    assert sum_of(live) == before
    step(live)
    assert sum_of(live)[0] == before[0] + 1
    assert live.page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("about", ["delta", "gradient"])
def test_a_number_is_asked_for_compared_and_explained(explore: Explore, seed_subject: Explored, about: str) -> None:
    live = explore(seed_subject)
    live.page.select_option("#about", about)
    live.page.locator("#ask").click()
    live.wait("#question")
    question = live.session.shown.question
    assert question
    right = live.session.shown.trace.layer(question.tensor.split(".")[0])
    array = right.delta if about == "delta" else right.grads[question.tensor.split("grad_")[1]]
    value = float(array[question.index])
    assert live.name == question.entry
    assert f"{value:.4g}"[:5] not in live.explanation
    assert "= ?" in live.explanation
    live.page.locator("#reply").fill(f"{-value:.5g}")
    live.page.keyboard.press("Enter")
    live.wait("#verdict", "sign reversed")
    assert "fix" in live.page.locator("#verdict").inner_text()
    live.page.locator("#reply").fill("twelve")
    live.page.keyboard.press("Enter")
    live.wait("#problem", "this is no number")
    live.wrong.clear()  # the browser logs the refusal
    live.page.locator("#reply").fill(f"{value:.4g}".replace("-", "−"))
    live.page.keyboard.press("Enter")
    live.wait("#verdict", "Right: it is")
    assert "✓" in live.page.locator("#verdict").inner_text()
    assert not live.page.locator("#replying").is_visible()
    assert close(live.value, value)


def test_where_a_delta_goes_is_asked_for(explore: Explore, seed_subject: Explored) -> None:
    live = explore(seed_subject)
    live.page.select_option("#about", "route")
    live.page.locator("#ask").click()
    live.wait("#question", "conv1.a")
    question = live.session.shown.question
    assert question
    k, i, j, _ = question.index
    window = live.session.shown.trace.layer("conv1").a[k, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, 0]
    right = divmod(int(window.argmax()), 2)
    live.page.locator("#reply").fill("0 0" if (i, j) != (0, 0) else "9 9")
    live.page.keyboard.press("Enter")
    live.wait("#verdict", "not in the window")
    r, c = next((r, c) for r in range(2) for c in range(2) if window[r, c] != window.max())
    live.point("conv1.delta", 2 * i + r, 2 * j + c, 24, 24)  # does not give it away
    assert "receives" not in live.explanation
    live.page.keyboard.press("Escape")
    live.point("conv1.a", 2 * i + r, 2 * j + c, 24, 24)
    live.page.mouse.down()
    live.page.mouse.up()
    assert live.page.locator("#reply").input_value() == f"{2 * i + r}, {2 * j + c}"
    live.page.get_by_role("button", name="Compare").click()
    live.wait("#verdict", "pool1.grad_input would be")
    live.page.locator("#reply").fill(f"[{2 * i + right[0]}, {2 * j + right[1]}]")
    live.page.keyboard.press("Enter")
    live.wait("#verdict", "Right: it is the largest of its window")


def test_a_reader_who_gives_up_is_told(explore: Explore, seed_subject: Explored) -> None:
    live = explore(seed_subject)
    for about, words in (("delta", "It is "), ("route", "It goes to row ")):
        live.page.select_option("#about", about)
        live.page.locator("#ask").click()
        live.wait("#question")
        live.page.locator("#give-up").click()
        live.wait("#verdict", words)
        assert live.session.shown.question is None


def test_the_factors_of_a_question_are_copied_as_a_program(explore: Explore, seed_subject: Explored) -> None:
    live = explore(seed_subject)
    live.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    live.page.select_option("#about", "gradient")
    live.page.locator("#ask").click()
    live.wait("#question")
    question = live.session.shown.question
    assert question
    live.page.locator("#copy").click()
    live.wait("#copy", "Copied")
    names: dict[str, np.ndarray] = {}
    exec(live.page.evaluate("navigator.clipboard.readText()"), names)
    factors = [names[name] for name in sorted(names) if re.fullmatch(r"f\d", name)]
    layer = live.session.shown.trace.layer(question.tensor.split(".")[0])
    assert np.isclose(np.prod(factors, axis=0).sum(), layer.grads[question.tensor.split("grad_")[1]][question.index])
