"""Products in blocks are the products, whatever the kernel of BLAS that is in use."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.numerics import products
from cnnbp_cli.numerics.products import MAX_BLOCK, MIN_BLOCK, block_size, product
from tests.support.examples import examples


@pytest.fixture(params=[True, False], ids=["small kernels", "others"])
def small_kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(products, "has_small_kernels", lambda: request.param)
    return bool(request.param)


@given(
    rows=st.integers(1, 40),
    inner=st.sampled_from([1, 7, 48, 511, 512, 1500, 2048]),
    columns=st.sampled_from([1, 7, 48, 511, 512, 1500, 2048]),
    stack=st.sampled_from([(), (3,)]),
    transposed=st.booleans(),
)
@examples(60)
def test_a_product_is_the_product(
    rows: int, inner: int, columns: int, stack: tuple[int, ...], transposed: bool
) -> None:
    rng = np.random.default_rng(0)
    a = rng.standard_normal((*stack, rows, inner))
    b = (
        rng.standard_normal((*stack, columns, inner)).swapaxes(-1, -2)
        if transposed
        else rng.standard_normal((*stack, inner, columns))
    )
    exact = np.einsum("...ij,...jk->...ik", a, b)
    for small in (True, False):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(products, "has_small_kernels", lambda small=small: small)
            out = np.full((*stack, rows, columns), np.nan)
            assert product(a, b, out) is out
        np.testing.assert_allclose(out, exact, rtol=0, atol=1e-12 * max(1, np.abs(exact).max()))


def test_blocks_are_for_kernels_that_gain_from_them(small_kernels: bool) -> None:
    assert bool(block_size(24 * 36)) == small_kernels
    assert block_size(200 * 200) == 0  # too large to be small


def test_a_block_has_a_length_that_is_worth_a_call(small_kernels: bool) -> None:
    sizes = {block_size(area) for area in range(1, 10_000, 7)}
    assert all(size == 0 or MIN_BLOCK <= size <= MAX_BLOCK for size in sizes)
    assert len(sizes) > 1 or not small_kernels
