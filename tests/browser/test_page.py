"""The gradient page in a browser: layout, keyboard, and the sum behind every number, compared with the trace."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.page import page_data
from cnnbp_cli.gradients.trace import Trace, trace
from cnnbp_cli.show.report.document import template
from cnnbp_cli.show.report.page import EXPLAIN_SCRIPTS, page_record
from tests.browser.opened import COLOURS, Open, close, number
from tests.support.examples import examples
from tests.support.networks import Case, cases
from tests.support.pages import EVIL, global_max_trace, normed_trace, unexplained_trace, zoo_trace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.mark.parametrize(
    ("kind", "width", "scheme"),
    [
        ("seed", 1920, "light"),
        ("seed", 1280, "dark"),
        ("seed", 420, "light"),
        ("zoo", 1280, "light"),
        ("zoo", 420, "dark"),
        ("normed", 1280, "light"),
    ],
)
def test_renders(look: Open, kind: str, width: int, scheme: str, request: pytest.FixtureRequest) -> None:
    seen = look(request.getfixturevalue(kind), width=width, scheme=scheme)
    areas = seen.page.locator("figure[data-array] canvas").evaluate_all("all => all.map(one => one.width * one.height)")
    assert len(areas) >= 18
    assert min(areas) > 0
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    paper = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(map(int, re.findall(r"\d+", paper)))
    assert brightness > 600 if scheme == "light" else brightness < 150


def test_kernel_weight_highlights_its_factors_and_shows_its_sum(look: Open, seed: Trace) -> None:
    seen = look(seed)
    maps = seed.layer("conv1").grads["weight"]
    for k, (m, n) in enumerate([(2, 3), (0, 0), (4, 1)]):
        seen.page.get_by_role("button", name=f"map {k} of conv1").click()
        for name in ("conv1.weight", "conv1.grad_weight"):
            seen.point(name, m, n, 5, 5)
            assert seen.name == f"conv1.weight[{k},0,{m},{n}]".replace("conv1.weight", name)
            assert close(seen.value, maps[k, 0, m, n])
            assert "Σ of 576 products" in seen.explanation
            assert "✓" in seen.explanation
            row, column = (f"{letter}+{shift}" if shift else letter for letter, shift in (("i", m), ("j", n)))
            assert f"x0[{row}, {column}]" in seen.explanation
            for lit in ("input", "conv1.delta", "conv1.weight", "conv1.grad_weight"):
                assert seen.highlighted(lit), lit
            assert not seen.highlighted("pool1.a")
    assert seen.page.locator("#explanation canvas").count() == 3


def test_pooled_cell_shows_the_maximum_and_ties(look: Open, seed: Trace) -> None:
    seen = look(seed)
    a = seed.layer("conv1").a[..., 0]
    k = int(seen.page.locator(".choice button[aria-pressed=true]").get_attribute("title").split()[1])  # type: ignore[union-attr]
    ties = 0
    for i, j in [(0, 0), (5, 6), (6, 5), (11, 11)]:
        seen.point("pool1.a", i, j, 12, 12)
        window = a[k, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        r, c = divmod(int(window.argmax()), 2)
        assert close(seen.value, window.max())
        assert f"conv1.a[{k},{2 * i + r},{2 * j + c}]" in seen.entries
        tied = int((window == window.max()).sum())
        ties += tied > 1
        assert (f"{tied} cells are equal" in seen.explanation) == (tied > 1)
        assert seen.highlighted("conv1.a")
    assert ties


def test_delta_shows_where_it_comes_from(look: Open, seed: Trace) -> None:
    seen = look(seed)
    conv, pool = seed.layer("conv1"), seed.layer("pool1")
    k = int(seen.page.locator(".choice button[aria-pressed=true]").get_attribute("title").split()[1])  # type: ignore[union-attr]
    i, j = np.argwhere(conv.delta[k, ..., 0] != 0)[100]
    seen.point("conv1.delta", i, j, 24, 24)
    assert close(seen.value, conv.delta[k, i, j, 0])
    assert f"conv1.delta_a[{k},{i},{j}]" in seen.entries
    assert "is the maximum of its window: it receives the whole δ" in seen.explanation
    assert seen.highlighted("pool1.delta")
    lost = np.argwhere(conv.delta[k, ..., 0] == 0)[100]
    seen.point("conv1.delta", *lost, 24, 24)
    assert seen.value == 0
    assert "is not the maximum of its window" in seen.explanation
    seen.point("pool1.delta", 3, 4, 12, 12)
    assert close(seen.value, pool.delta[k, 3, 4, 0])
    seen.point("dense1.delta", 6, 0, 10, 1)
    assert seen.name == "dense1.delta[6]"
    assert close(seen.value, seed.layer("dense1").delta[6, 0])


def test_flattened_delta_uses_a_column_of_w(look: Open, seed: Trace) -> None:
    seen = look(seed)
    seen.page.locator(seen.picture("flatten1.delta")).focus()
    seen.page.keyboard.press("ArrowRight")
    index = int(re.findall(r"\[(\d+)\]", seen.name)[0])
    assert close(seen.value, seed.layer("flatten1").delta[index, 0])
    assert f"W[k,{index}]" in seen.explanation
    assert "Σ of 10 products" in seen.explanation


def test_normalised_number_depends_on_its_channel(look: Open, normed: Trace) -> None:
    seen = look(normed)
    first, second, last = (normed.layer(f"bn{n}") for n in (1, 2, 3))
    k = int(np.abs(second.delta[..., 0]).sum(axis=(1, 2)).argmax())
    seen.page.get_by_role("button", name=f"map {k} of conv1").click()
    rows, columns = second.a.shape[1:3]
    for name, array in (("z", second.z), ("a", second.a), ("delta", second.delta)):
        seen.point(f"bn2.{name}", 2, 3, rows, columns)
        assert close(seen.value, array[k, 2, 3, 0])
        assert "✓" in seen.explanation
    seen.point("bn2.grad_weight", 0, k, 1, 4)
    assert close(seen.value, second.grads["weight"][k])
    assert f"Σ of {rows * columns} products" in seen.explanation
    assert "✓" in seen.explanation
    seen.point("pool1.delta", 1, 2, rows, columns)
    assert close(seen.value, second.grad_input[k, 1, 2, 0])
    assert "every δ of the channel contributes" in seen.explanation
    assert "✓" in seen.explanation
    seen.point("bn1.a", 4, 5, 15, 12)
    channel = int(re.findall(r"\[(\d+),", seen.name)[0])
    assert close(seen.value, first.a[channel, 4, 5, 0])
    seen.point("pool2.a", 2, 0, 6, 1)
    assert close(seen.value, normed.layer("pool2").a[2, 0])
    assert "The mean of the whole map" in seen.explanation
    assert "✓" in seen.explanation
    seen.point("bn3.a", 2, 0, 6, 1)
    assert close(seen.value, last.a[2, 0])


def test_arrow_keys_reach_every_number(look: Open, seed: Trace) -> None:
    seen = look(seed)
    seen.page.locator(seen.picture("conv1.weight")).focus()
    seen.page.keyboard.press("Tab")
    place = list(map(int, re.findall(r"\d+", seen.name.removeprefix("conv1.grad_weight"))))
    for key, axis, step in (("ArrowLeft", 3, -1), ("ArrowUp", 2, -1), ("ArrowRight", 3, 1), ("ArrowDown", 2, 1)):
        for _ in range(4):
            seen.page.keyboard.press(key)
            place[axis] = min(4, max(0, place[axis] + step))
            assert seen.name == f"conv1.grad_weight[{','.join(map(str, place))}]"
            assert close(seen.value, seed.layer("conv1").grads["weight"][tuple(place)])
    spoken = seen.page.locator("#spoken")
    assert spoken.get_attribute("aria-live") == "polite"
    assert "the sum of 576" in spoken.inner_text()
    said = number(re.findall(r"= (\S+),", spoken.inner_text())[0])
    assert abs(said - seen.value) <= 1e-4 * abs(seen.value)


def test_every_picture_has_a_label(look: Open, zoo: Trace) -> None:
    seen = look(zoo)
    labels = seen.page.locator("figure[data-array] .picture").evaluate_all(
        "all => all.filter(one => one.tabIndex === 0).map(one => one.getAttribute('aria-label'))"
    )
    assert len(labels) == seen.page.locator("figure[data-array]").count()
    for label in labels:
        assert re.search(r"\d(×\d+)*, from \S+ to \S+", label)


def test_pinned_number_stays_until_unpinned(look: Open, seed: Trace) -> None:
    seen = look(seed)
    seen.point("conv1.weight", 1, 1, 5, 5)
    pinned = seen.name
    seen.page.mouse.down()
    seen.page.mouse.up()
    seen.point("conv1.weight", 3, 3, 5, 5)
    assert seen.name == pinned
    seen.page.keyboard.press("Escape")
    seen.point("conv1.weight", 3, 2, 5, 5)
    assert seen.name != pinned


def test_terms_link_to_their_own_explanation(look: Open, seed: Trace) -> None:
    """From a kernel's gradient through δ, the pooled δ and W to the loss: back along the backward pass."""
    seen = look(seed)
    for name in ("conv1.delta", "conv1.delta_a", "pool1.delta", "flatten1.delta", "dense1.delta", "dense1.delta_a"):
        seen.follow(name)
        assert seen.name.startswith(f"{name}[")
        assert "✓" in seen.explanation
    assert "output minus the target" in seen.explanation


def test_pointing_at_a_product_shows_its_terms(look: Open, seed: Trace) -> None:
    seen = look(seed)
    pictures = seen.page.locator("#explanation .picture")
    pictures.nth(2).focus()
    seen.page.keyboard.press("ArrowRight")
    [line] = seen.page.locator("#explanation .terms li").all_inner_texts()
    delta, pixel = (entry.partition("[")[2][:-1] for entry in seen.entries)
    k, i, j = map(int, delta.split(","))
    c, p, q = map(int, pixel.split(","))
    product = seed.layer("conv1").delta[k, i, j, 0] * seed.input[c, p, q, 0]
    assert abs(number(line.split(" = ")[-1]) - product) <= 1e-2 * abs(product)


def test_units_and_maps_can_be_selected(look: Open, seed: Trace) -> None:
    seen = look(seed)
    seen.page.get_by_label("unit of dense1").select_option("7")
    seen.page.locator(seen.picture("dense1.weight")).focus()
    seen.page.keyboard.press("ArrowLeft")
    assert seen.name.startswith("dense1.weight[7,")
    assert close(seen.value, seed.layer("dense1").grads["weight"][7, int(seen.name.split(",")[1][:-1])])


def test_names_are_escaped_and_the_policy_is_enforced(look: Open, zoo: Trace) -> None:
    seen = look(zoo, title=EVIL)
    assert seen.page.title().startswith(EVIL)
    assert seen.page.locator("h1").inner_text().startswith(EVIL)
    assert EVIL in seen.explanation
    assert seen.page.locator("img").count() == 0
    assert seen.page.evaluate("""() => {
      const script = document.createElement('script');
      try { script.textContent = 'document.title = "broken"'; document.body.append(script); } catch {}
      const handler = document.createElement('p');
      try { handler.setAttribute('onclick', 'document.title = "broken"'); handler.click(); } catch {}
      try { document.body.innerHTML = '<img src=x onerror="document.title=1">'; } catch {}
      return document.title; }""").startswith(EVIL)
    assert all("violates" in text or "Trusted" in text or "requires" in text for text in seen.wrong)
    seen.wrong.clear()  # the browser logs what it refused


NEXT_FRAME = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def test_follows_a_change_of_the_colour_scheme(look: Open, seed: Trace) -> None:
    seen = look(seed)
    canvas = seen.page.locator(seen.picture("input")).locator("canvas")
    light = canvas.evaluate(COLOURS)
    seen.page.emulate_media(color_scheme="dark")
    zero = int(
        seen.page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--zero')").strip()[1:], 16
    )
    assert zero not in light
    seen.page.evaluate(NEXT_FRAME)  # the browser reports the change with the next frame
    assert zero in canvas.evaluate(COLOURS)


@pytest.fixture(scope="module")
def sums(browser: Browser) -> Iterator[Page]:
    """An empty page with the scripts that know the sums."""
    page = browser.new_page()
    page.add_script_tag(content="\n".join(map(template, EXPLAIN_SCRIPTS)))
    yield page
    page.close()


EXPLAIN_ALL = """text => {
  const model = load(JSON.parse(text));
  const wrong = [];
  const silent = new Set();
  for (const array of model.arrays)
    for (let flat = 0; flat < array.values.length; flat++) {
      const sum = explain(model, array, flat);
      const [panels, rows, columns] = sum.shape;
      if (!sum.factors.length) silent.add(array.rule);
      else if (!sum.omitted && !sum.agrees) wrong.push(`${array.entry(flat)}: ${sum.total}, not ${sum.value}`);
      if (sum.products.length > panels * rows * columns) wrong.push(`${array.entry(flat)} is too long`);
    }
  return [wrong, [...silent]];
}"""


@pytest.mark.parametrize("traced", [zoo_trace, normed_trace, global_max_trace])
def test_every_number_of_every_kind_of_layer_equals_its_sum(sums: Page, traced: Callable[[], Trace]) -> None:
    assert sums.evaluate(EXPLAIN_ALL, json.dumps(page_record(page_data(traced())))) == [[], ["given"]]


def test_a_layer_without_a_kind_is_shown_unexplained(sums: Page) -> None:
    wrong, silent = sums.evaluate(EXPLAIN_ALL, json.dumps(page_record(page_data(unexplained_trace()))))
    assert wrong == []
    assert set(silent) == {"given", "forward", "back"}


@examples(40)
@given(case=cases(images=1))
def test_every_number_of_any_network_equals_its_sum(sums: Page, case: Case) -> None:
    traced = trace(case.network, case.params, case.images, case.labels)
    whole = page_data(traced)
    wrong, silent = sums.evaluate(EXPLAIN_ALL, json.dumps(page_record(whole)))
    assert wrong == []
    assert silent in ([], ["given"])
    try:
        cut = page_data(traced, budget=2 * whole.size // 3)
    except CnnbpError:
        return
    wrong, silent = sums.evaluate(EXPLAIN_ALL, json.dumps(page_record(cut)))
    assert wrong == []
