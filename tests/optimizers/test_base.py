"""What holds for every optimizer: where it writes, what it carries, how it is declared."""

from __future__ import annotations

import tracemalloc
from typing import Annotated, Any

import numpy as np
import pytest
from pydantic import Field, TypeAdapter, ValidationError

from cnnbp_cli.optimizers import OPTIMIZERS, SCHEDULES, Optimizer
from cnnbp_cli.optimizers.adam import Adam, AdamW
from cnnbp_cli.optimizers.sgd import SGD

EVERY = [
    pytest.param(optimizer, id=repr(optimizer).replace("type=", ""))
    for optimizer in (
        SGD(),
        SGD(weight_decay=0.01),
        SGD(momentum=0.9),
        SGD(momentum=0.9, nesterov=True, weight_decay=0.01),
        Adam(),
        Adam(weight_decay=0.01),
        AdamW(),
    )
]

every_optimizer = pytest.mark.parametrize("optimizer", EVERY)


class Run:
    """An optimizer at work on float32 parameters, with gradients that depend on the step alone."""

    def __init__(self, optimizer: Optimizer, columns: slice = slice(None)) -> None:
        self.optimizer = optimizer
        self.columns = columns
        self.params = self.draw(0)
        self.state = optimizer.state(self.params.size, np.float32)
        self.scratch = np.full_like(self.params, np.nan)
        self.step = 0

    def draw(self, seed: int) -> np.ndarray:
        return np.random.default_rng(seed).standard_normal(101, np.float32)[self.columns].copy()

    def advance(self, steps: int) -> None:
        for _ in range(steps):
            self.step += 1
            self.optimizer.update(self.params, self.draw(self.step), self.state, 0.01, self.step, self.scratch)


@every_optimizer
def test_a_run_continues_from_its_copied_state_bit_for_bit(optimizer: Optimizer) -> None:
    whole = Run(optimizer)
    whole.advance(9)

    first, second = Run(optimizer), Run(optimizer)
    first.advance(4)
    second.params, second.step = first.params.copy(), first.step
    second.state = {name: vector.copy() for name, vector in first.state.items()}
    second.advance(5)

    assert second.params.tobytes() == whole.params.tobytes()
    assert {name: vector.tobytes() for name, vector in second.state.items()} == {
        name: vector.tobytes() for name, vector in whole.state.items()
    }


@every_optimizer
def test_each_parameter_goes_its_own_way(optimizer: Optimizer) -> None:
    whole, left, right = Run(optimizer), Run(optimizer, slice(0, 37)), Run(optimizer, slice(37, None))
    for run in (whole, left, right):
        run.advance(5)
    np.testing.assert_array_equal(whole.params, np.concatenate([left.params, right.params]))


@every_optimizer
def test_the_gradient_is_left_as_it_is(optimizer: Optimizer) -> None:
    run = Run(optimizer)
    grads = run.draw(1)
    optimizer.update(run.params, grads, run.state, 0.01, 1, run.scratch)
    np.testing.assert_array_equal(grads, run.draw(1))


@every_optimizer
def test_a_step_allocates_no_vector(optimizer: Optimizer) -> None:
    n = 100_000
    params, grads, scratch = (np.ones(n, np.float32) for _ in range(3))
    state = optimizer.state(n, np.float32)
    tracemalloc.start()
    try:
        for step in (1, 2):
            optimizer.update(params, grads, state, 0.01, step, scratch)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < n / 4  # bytes; one vector is 4 n of them


@every_optimizer
@pytest.mark.parametrize("value", [np.inf, np.nan, 1e38])
def test_a_diverging_step_is_silent(optimizer: Optimizer, value: float) -> None:
    run = Run(optimizer)
    grads = np.full_like(run.params, value)
    for step in (1, 2):
        optimizer.update(run.params, grads, run.state, 1e3, step, run.scratch)
    assert run.params.dtype == np.float32


@pytest.mark.parametrize(
    ("declared", "place", "problem"),
    [
        ({"type": "sgd", "nesterov": True}, ("sgd",), "nesterov needs a momentum above 0"),
        ({"type": "sgd", "momentum": 1.0}, ("sgd", "momentum"), "less than 1"),
        ({"type": "sgd", "momentun": 0.9}, ("sgd", "momentun"), "Unexpected keyword"),
        ({"type": "adam", "learning_rate": 0.0}, ("adam", "learning_rate"), "greater than 0"),
        ({"type": "adam", "learning_rate": float("inf")}, ("adam", "learning_rate"), "finite"),
        ({"type": "adamw", "weight_decay": -0.1}, ("adamw", "weight_decay"), "greater than or equal to 0"),
        ({"type": "step"}, ("step", "step_size"), "required"),
        ({"type": "cosine", "final_fraction": 1.5}, ("cosine", "final_fraction"), "less than or equal to 1"),
        ({"type": "one_cycle", "warmup_epochs": 1}, ("one_cycle", "warmup_epochs"), "Unexpected keyword"),
    ],
)
def test_a_mistaken_declaration_is_refused_at_its_place(
    declared: dict[str, Any], place: tuple[str, ...], problem: str
) -> None:
    union: Any = OPTIMIZERS[0]
    for cls in (*OPTIMIZERS[1:], *SCHEDULES):
        union = union | cls
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Annotated[union, Field(discriminator="type")]).validate_python(declared)
    (error,) = refused.value.errors()
    assert error["loc"] == place
    assert problem in error["msg"]


@pytest.mark.parametrize("cls", [*OPTIMIZERS, *SCHEDULES])
def test_every_declaration_can_be_a_json_schema(cls: type) -> None:
    schema = TypeAdapter(cls).json_schema()
    assert schema["additionalProperties"] is False
    assert schema["properties"]["type"]["const"] == cls.type  # type: ignore[attr-defined]
