"""The live page in a browser: what is drawn, picked, dropped, changed, learnt and undone, compared with the server."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from cnnbp_cli.live.explored import Explored
from cnnbp_cli.mnist.photograph import see
from cnnbp_cli.mnist.picture_file import read_picture
from tests.browser.explored import Explore, Live
from tests.browser.opened import close
from tests.mnist.drawings import drawn


def seven(live: Live) -> None:
    live.draw((0.3, 0.2), (0.7, 0.2), (0.45, 0.85))


def weight(live: Live) -> np.ndarray:
    return live.session.shown.state.params.of["conv1"]["weight"]


def test_a_drawing_goes_through_the_network_while_it_is_drawn(explore: Explore, seed_subject: Explored) -> None:
    live = explore(seed_subject)
    seven(live)
    shown = live.session.shown
    assert "your drawing" in live.facts
    assert f"predicted {shown.page.answer}" in live.facts
    image = shown.state.image[0]
    assert 10 < image.sum() < 200
    rows, columns = np.nonzero(image > 0.5)
    assert abs(rows.mean() - 14) < 2.5  # centred as in MNIST
    assert abs(columns.mean() - 14) < 2.5
    live.point("input", int(rows[0]), int(columns[0]), 28, 28)
    assert close(live.value, image[rows[0], columns[0]])
    live.page.locator("#undo").click()  # the whole stroke
    live.wait("header .facts", "test image 0")
    assert live.page.locator("#undo").is_disabled()


def test_test_images_are_picked_by_number(explore: Explore, seed_subject: Explored) -> None:
    live = explore(seed_subject)
    for how, index in [("17", 17), ("#after", 18), ("#before", 17)]:
        live.act(how) if how.startswith("#") else live.set("#index", how)
        assert f"test image {index} · label {seed_subject.data.test.labels[index]}" in live.facts
        assert live.page.locator("#index").input_value() == str(index)
        image = seed_subject.data.test.images[index] / 255
        assert np.array_equal(live.session.shown.state.image[0], image)


def test_a_picture_is_read_as_predict_reads_it(explore: Explore, seed_subject: Explored, tmp_path: Path) -> None:
    live = explore(seed_subject)
    picture = tmp_path / "three.png"
    drawn(3, "plain", 120, "ink on paper").save(picture)
    live.page.locator("#picture").set_input_files(picture)
    live.wait("header .facts", "your picture")
    seen = see(read_picture(picture)).image
    assert seen is not None
    assert np.array_equal(live.session.shown.state.image[0], seen / 255)
    live.page.locator("#picture").set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"})
    live.wait("#problem")
    assert "neither a PNG nor a JPEG" in live.problem
    live.wrong[:] = [text for text in live.wrong if "409" not in text]  # the browser logs the refusal


def test_a_changed_weight_shows_what_moves(explore: Explore, seed_subject: Explored) -> None:
    live = explore(seed_subject)
    before = weight(live).copy()
    k = live.name.split("[")[1].split(",")[0]
    live.page.locator("#change").fill("0.75")
    live.page.get_by_role("button", name="Change", exact=True).click()
    live.wait("#moved")
    changed = np.argwhere(weight(live) != before)
    assert [tuple(place) for place in changed] == [(int(k), 0, 2, 2)]
    assert weight(live)[tuple(changed[0])] == 0.75
    figure = live.page.locator(live.picture("conv1.weight")).locator("..")
    assert "1 of 75 moved" in figure.inner_text()
    assert "unmoved" in live.page.locator(live.picture("input")).locator("..").inner_text()
    assert "conv1.weight" in live.name
    live.point("conv1.z", 3, 3, 24, 24)
    assert live.page.locator("figure .moved").count() == 0  # another number, another comparison
    live.act("#undo")
    assert np.array_equal(weight(live), before)
    live.act("#redo")
    assert weight(live)[tuple(changed[0])] == 0.75


def test_pixel_bias_and_target_can_be_changed(explore: Explore, seed_subject: Explored) -> None:
    live = explore(seed_subject)
    live.point("input", 9, 9, 28, 28)
    live.page.mouse.down()
    live.page.mouse.up()
    live.page.locator("#change").fill("0.5")
    live.page.keyboard.press("Enter")
    live.wait("header .facts", "changed")
    assert live.session.shown.state.image[0, 9, 9] == 0.5
    cost = live.facts.split("C = ")[1]
    live.set("#target", "4")
    assert "label 4" in live.facts
    assert live.facts.split("C = ")[1] != cost
    unmoved = live.page.locator(live.picture("conv1.a")).locator("..").inner_text()
    assert "unmoved" in unmoved
    live.page.keyboard.press("Escape")
    live.point("conv1.z", 5, 5, 24, 24)
    assert not live.page.locator(".changer").is_visible()  # z follows from others


def test_steps_lower_the_cost_and_a_run_is_undone_at_once(explore: Explore, seed_subject: Explored) -> None:
    live = explore(seed_subject)
    first = live.session.shown.trace.cost
    live.page.select_option("#optimizer", "adam")
    assert float(live.page.locator("#rate").input_value()) == 0.001
    live.act("#step")
    assert live.session.shown.trace.cost < first
    one = live.session.shown.trace.cost
    live.page.select_option("#batch", "16")
    live.page.locator("#run").click()
    live.wait("#curve-range", re.compile(r"^[\d,]{2,} steps"))
    live.page.locator("#run").click()
    live.settled()
    steps = live.session.shown.state.learning.steps
    assert re.match(rf"{steps} steps", live.page.locator("#curve-range").inner_text().replace(",", ""))
    live.act("#undo")
    assert live.session.shown.trace.cost == one
    live.act("#reset")
    assert np.array_equal(weight(live), seed_subject.weights(0).of["conv1"]["weight"])
    assert "no step yet" in live.page.locator("#curve-range").inner_text()


def test_a_learning_rate_that_is_too_large_is_refused(explore: Explore, seed_subject: Explored) -> None:
    live = explore(seed_subject)
    before = live.session.shown.trace.cost
    live.page.locator("#rate").fill("-1")
    live.page.locator("#step").click()
    live.wait("#problem")
    assert live.session.shown.trace.cost == before
    live.wrong.clear()  # the browser logs the refusal
