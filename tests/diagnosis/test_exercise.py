from __future__ import annotations

from itertools import combinations, product
from math import prod
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.config import load_config
from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.diagnosis.exchange import pack
from cnnbp_cli.diagnosis.exercise import (
    FEW_NUMBERS,
    MIN_ANGLE,
    alike,
    apart,
    default_config,
    every_mistake,
    make_exercise,
)
from cnnbp_cli.diagnosis.mistakes.factors import FACTORS, MAX_FACTORS, causes
from cnnbp_cli.diagnosis.scales import FIT
from cnnbp_cli.gradients.chain import before_activation
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.pooling import MaxPool2D, Pool2D
from tests.diagnosis.confusion import ARCHITECTURES, exercise

CONFIGS = Path(__file__).parents[2] / "configs"


SEEDS = range(3)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_mistakes_are_alike_on_the_shipped_exercise(seed: int) -> None:
    made = exercise("shipped", seed)
    assert list(alike(made)) == []
    for name, candidates in every_mistake(made):
        for first, second in combinations(candidates, 2):
            distance = apart(first, second)
            least = MIN_ANGLE if first.tensor.right.size > FEW_NUMBERS else FIT
            assert distance > least, (name, first.mistake, first.variant, second.mistake, second.variant)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_causes_of_a_factor_are_alike_on_the_shipped_exercise(seed: int) -> None:
    for _, candidates in every_mistake(exercise("shipped", seed)):
        for site in {candidate.site for candidate in candidates}:
            here = [f for f in FACTORS if f.concerns(site.tensor.rule, site.tensor.quantity) and f.value(site) != 1]
            for chosen in [*combinations(here, 1), *combinations(here, MAX_FACTORS)]:
                scale = prod(factor.value(site) for factor in chosen)
                if scale != 1:
                    found = list(causes(scale, site, 1e-9))
                    assert len(found) == 1, (site.tensor.name, scale, [[f.key for f in one] for one in found])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_no_sizes_make_a_tenth_or_a_hundredth(architecture: str) -> None:
    made = exercise(architecture, 0)
    assert made.trace.labels.size % 5
    if architecture == "shipped":
        sites = {candidate.site for _, candidates in every_mistake(made) for candidate in candidates}
        for site, scale in product(sites, (0.1, 0.01, 0.001, 10, 100, made.learning_rate)):
            for sign in (1, -1):
                assert list(causes(sign * scale, site, 1e-3)) == []


def test_the_shipped_exercise_has_what_makes_it_telling() -> None:
    made = exercise("shipped", 0)
    channels, height, width, count = made.trace.input.shape
    assert count >= 3
    assert height != width
    convolutions = [layer for layer in made.trace.layers if isinstance(layer.layer, Conv2D)]
    for layer in convolutions:
        maps, channels, kh, kw = layer.params["weight"].shape
        assert len({count, channels, maps, kh, kw}) == 5
        kernels = layer.params["weight"]
        for other in (kernels[..., ::-1], kernels[..., ::-1, :], kernels[..., ::-1, ::-1]):
            assert np.abs(kernels - other).max() > 0.1
    assert any(layer.layer.steps[0] == 2 for layer in convolutions)
    assert any(isinstance(layer.layer, Pool2D) and layer.layer.overlaps for layer in made.trace.layers)
    assert made.previous is not None
    assert made.previous.input.shape == made.trace.input.shape


@pytest.mark.parametrize("architecture", ["shipped", "seed", "two convolutions"])
def test_one_window_is_tied_and_exactly_so_in_float32(architecture: str) -> None:
    conv, pool = exercise(architecture, 0).trace.layers[:2]
    assert isinstance(pool.layer, MaxPool2D)
    rounded = {name: array.astype(np.float32) for name, array in conv.params.items()}
    for name, array in conv.params.items():
        np.testing.assert_array_equal(rounded[name], array)
    # in float32, in any order of the sum: every product, and every sum of some of them, is exact
    steps = before_activation(conv) / 2.0**-20
    np.testing.assert_array_equal(steps, np.round(steps))
    cells = np.stack(pool.layer.cells(conv.z))
    second, first = np.partition(cells, -2, axis=0)[-2:]
    alive = pool.a != 0
    assert ((first == second) & alive).sum() == 1


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_float32_decides_as_float64_does(architecture: str) -> None:
    made = exercise(architecture, 0)
    answers = {name: tensor.exchanged(tensor.right).astype(np.float32) for name, tensor in made.tensors.items()}
    assert not diagnose(made, answers).failed


def test_the_same_seed_gives_the_same_exercise_and_another_seed_another() -> None:
    first, again, other = (pack(make_exercise(default_config(), seed), "npz") for seed in (5, 5, 6))
    assert first == again != other


@pytest.mark.parametrize("name", ["seed", "seed_softmax"])
def test_an_exercise_of_a_shipped_network_distinguishes_the_mistakes(name: str) -> None:
    made = make_exercise(load_config(CONFIGS / f"{name}.yaml"), 0)
    assert made.trace.labels.size >= 3
    assert list(alike(made)) == []
