"""The page's data are the trace's numbers, cut where there are too many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.page import Page, page_data
from cnnbp_cli.gradients.trace import trace
from tests.support.networks import Case, cases
from tests.support.pages import seed_trace, zoo_trace


def by_name(page: Page) -> dict[str, np.ndarray]:
    return {array.name: array.values for array in page.arrays}


@given(cases(images=1))
def test_it_holds_every_array_of_the_trace(case: Case) -> None:
    traced = trace(case.network, case.params, case.images, case.labels)
    held = by_name(page_data(traced))
    assert np.array_equal(held["input"], traced.input[..., 0])
    for layer in traced.layers:
        assert np.array_equal(held[f"{layer.name}.a"], layer.a[..., 0])
        for name, gradient in layer.grads.items():
            assert np.array_equal(held[f"{layer.name}.grad_{name}"], gradient)
            assert np.array_equal(held[f"{layer.name}.{name}"], layer.params[name])
        if layer.z is not layer.a and layer.z is not layer.input:
            assert np.array_equal(held[f"{layer.name}.z"], layer.z[..., 0])
        if layer.delta is not layer.grad_input:
            assert np.array_equal(held[f"{layer.name}.delta"], layer.delta[..., 0])
    assert np.array_equal(held[f"{traced.layers[0].name}.grad_input"], traced.layers[0].grad_input[..., 0])


@given(cases(images=1))
def test_pictures_hold_what_the_choices_leave(case: Case) -> None:
    page = page_data(trace(case.network, case.params, case.images, case.labels))
    for array in page.arrays:
        panels, rows, columns = array.view
        seen = int(np.prod(array.values.shape[len(array.choices) :]))
        assert panels * rows * columns - columns * rows < seen <= panels * rows * columns
        for axis, choice in enumerate(array.choices):
            assert array.values.shape[axis] == page.choices[choice].shown
            assert array.shape[axis] == page.choices[choice].total


@given(cases(images=1))
def test_a_budget_leaves_out_the_last_maps_and_units(case: Case) -> None:
    traced = trace(case.network, case.params, case.images, case.labels)
    whole = page_data(traced)
    assume(any(choice.total > 1 for choice in whole.choices))
    cut = page_data(traced, budget=_smallest(whole))
    assert cut.size <= _smallest(whole)
    for one, all_of_it in zip(cut.arrays, whole.arrays, strict=True):
        first = all_of_it.values[tuple(map(slice, one.values.shape))]
        assert np.array_equal(one.values, first)
        assert one.shape == all_of_it.shape


def _smallest(page: Page) -> int:
    """A budget below the page's size that one halving meets for sure."""
    return page.size - 1


def test_the_seed_network_is_whole() -> None:
    page = page_data(seed_trace())
    assert all(choice.shown == choice.total for choice in page.choices)
    assert [part.name for part in page.parts] == ["input", "conv1", "pool1", "flatten1", "dense1", "loss"]
    assert page.arrays[page.parts[1].roles["grad_weight"]].equation == "∂C/∂w_k[c,m,n] = Σ_i,j δ_k[i,j] · x_c[i+m, j+n]"


def test_lenet_is_whole_too() -> None:
    page = page_data(seed_trace("lenet5"))
    assert all(choice.shown == choice.total for choice in page.choices)


def test_the_layers_that_weigh_most_are_cut_first() -> None:
    page = page_data(seed_trace(), budget=10_000)
    shown = {choice.layer: choice.shown for choice in page.choices}
    assert shown["conv1"] < 3 or shown["dense1"] < 10
    assert page.size <= 10_000


def test_too_large_even_so() -> None:
    with pytest.raises(CnnbpError, match="too large for a page"):
        page_data(seed_trace(), budget=1000)


def test_several_images_are_refused() -> None:
    one = zoo_trace()
    several = trace(one.network, one.params, np.repeat(one.input, 2, axis=3), np.repeat(one.labels, 2))
    with pytest.raises(CnnbpError, match="one image, not 2"):
        page_data(several)
