"""The loop: what it tells, saves and repeats; when it stops, diverges or is interrupted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnbp_cli.config import load_config
from cnnbp_cli.errors import ExitCode
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.training import fit as fit_module
from cnnbp_cli.training.checkpoint import load_checkpoint
from cnnbp_cli.training.evaluate import evaluate
from cnnbp_cli.training.events import EpochDone, Event, RunDone, RunStarted, StepDone
from cnnbp_cli.training.exceptions import Diverged, Interrupted
from cnnbp_cli.training.fit import fit
from cnnbp_cli.training.metrics import EpochMetrics, to_csv
from tests.training.trainings import (
    BATCHES,
    COMPLETE,
    EPOCHS,
    OPTIMIZERS,
    after,
    assert_same_runs,
    begin,
    digits,
    files,
    make_config,
    run,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs") / "whole"


@pytest.fixture(scope="module")
def events(folder: Path) -> list[Event]:
    """Of one whole training, in `folder`."""
    return list(fit(begin(folder)))


def epochs_of(events: list[Event]) -> list[EpochDone]:
    return [event for event in events if isinstance(event, EpochDone)]


def test_events_come_in_order(events: list[Event]) -> None:
    epoch: list[type] = [*[StepDone] * BATCHES, EpochDone]
    assert [type(event) for event in events] == [RunStarted, *epoch * EPOCHS, RunDone]


def test_the_first_event_describes_the_training(events: list[Event], folder: Path) -> None:
    assert events[0] == RunStarted(
        run=folder,
        epochs=EPOCHS,
        first_epoch=1,
        batches=BATCHES,
        train_images=400,
        validation_images=100,
        resumed_from=None,
    )


def test_steps_are_counted(events: list[Event]) -> None:
    steps = [(event.epoch, event.batch) for event in events if isinstance(event, StepDone)]
    assert steps == [(epoch, batch) for epoch in range(1, EPOCHS + 1) for batch in range(1, BATCHES + 1)]


def test_the_loss_of_an_epochs_last_step_is_that_of_the_epoch(events: list[Event]) -> None:
    last = [event.loss for event in events if isinstance(event, StepDone) and event.batch == BATCHES]
    assert last == [epoch.train_loss for epoch in epochs_of(events)]


def test_it_learns(tmp_path: Path) -> None:
    *_, done = run(begin(tmp_path, make_config(epochs=15)))
    assert isinstance(done, RunDone)
    assert done.test_accuracy > 0.6


def test_a_run_leaves_these_files(events: list[Event], folder: Path) -> None:
    assert files(folder) == COMPLETE
    assert load_config(folder / "config.yaml") == make_config()


def test_metrics_csv_has_the_rows_of_the_events(events: list[Event], folder: Path) -> None:
    rows = [EpochMetrics(*[getattr(event, name) for name in EpochMetrics._fields]) for event in epochs_of(events)]
    assert (folder / "metrics.csv").read_bytes() == to_csv(rows, load_checkpoint(folder / "last.npz").state.health)


def test_the_validation_columns_are_those_of_the_saved_weights(events: list[Event], folder: Path) -> None:
    last = load_checkpoint(folder / "last.npz")
    training = begin(folder.parent / "again")
    found = evaluate(last.network, last.state.params, training.data.images, training.data.validation)
    *_, row = epochs_of(events)
    assert (row.validation_loss, row.validation_accuracy) == (found.loss, found.accuracy)


def test_the_learning_rate_is_the_schedules_at_the_last_step(events: list[Event]) -> None:
    train = make_config().train
    factors = [train.schedule.factor(epoch * BATCHES, BATCHES, EPOCHS) for epoch in range(1, EPOCHS + 1)]
    assert [event.learning_rate for event in epochs_of(events)] == [0.05 * factor for factor in factors]


def test_the_summary_is_of_the_best_weights_on_the_test_set(events: list[Event], folder: Path) -> None:
    best = load_checkpoint(folder / "best.npz")
    test = evaluate(best.network, best.state.params, digits("test", 200))
    done = events[-1]
    assert isinstance(done, RunDone)
    assert (done.test_loss, done.test_accuracy) == (test.loss, test.accuracy)
    assert done.best_epoch == best.state.best == best.state.epoch - 1
    assert done.epochs == EPOCHS
    assert not done.stopped_early
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["test_accuracy"] == test.accuracy
    assert summary["best_epoch"] == done.best_epoch
    assert summary["parameters"] == 782


def test_the_same_seed_gives_the_same_bits(folder: Path, events: list[Event], tmp_path: Path) -> None:
    run(begin(tmp_path / "again"))
    assert_same_runs(folder, tmp_path / "again")


def test_another_seed_gives_others(events: list[Event], folder: Path, tmp_path: Path) -> None:
    run(begin(tmp_path, make_config(seed=6)))
    one, other = load_checkpoint(folder / "last.npz"), load_checkpoint(tmp_path / "last.npz")
    assert not np.array_equal(one.state.params.flat, other.state.params.flat)


class Seen:
    """In the place of `Stepper`: notes which images were trained on."""

    places: list[Any]

    def __init__(self, *_: object) -> None:
        type(self).places = []

    def step(self, batch: Images, learning_rate: float, number: int, **_: object) -> float:
        place = {image.tobytes(): place for place, image in enumerate(digits().images)}
        self.places.append((number, [place[image.tobytes()] for image in batch.images]))
        return 1.0 * len(batch)


def test_every_training_image_is_seen_once_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_module, "Stepper", Seen)
    training = begin(tmp_path)
    printed = run(training)
    assert [number for number, _ in Seen.places] == list(range(1, EPOCHS * BATCHES + 1))
    orders = []
    for epoch in range(EPOCHS):
        batches = [places for _, places in Seen.places[epoch * BATCHES : (epoch + 1) * BATCHES]]
        assert [len(places) for places in batches] == [64] * 6 + [16]
        orders.append([place for places in batches for place in places])
        assert sorted(orders[-1]) == training.data.train.tolist()
    assert orders[0] != orders[1] != orders[2]
    assert [epoch.train_loss for epoch in epochs_of(printed)] == [1.0] * EPOCHS


def test_seconds_are_those_of_the_steps_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = count()
    monkeypatch.setattr(fit_module, "perf_counter", lambda: float(next(clock)))

    def slow(*args: Any, **options: Any) -> Any:
        for _ in range(1000):
            next(clock)
        return evaluate(*args, **options)

    monkeypatch.setattr(fit_module, "evaluate", slow)
    for epoch in epochs_of(run(begin(tmp_path))):
        assert epoch.seconds == BATCHES  # the clock moves on by one between the start and the end of a step
        assert epoch.images_per_second == 400 / BATCHES


class Measured:
    """Replaces `evaluate`: returns the given results first, then the true ones."""

    def __init__(self, *said: tuple[float, float]) -> None:
        self._said = iter(said)

    def __call__(self, *args: Any, **options: Any) -> Any:
        real = evaluate(*args, **options)
        loss, accuracy = next(self._said, (real.loss, real.accuracy))
        return type("Said", (), {"loss": loss, "accuracy": accuracy})()


@pytest.mark.parametrize(
    ("said", "bests"),
    [
        ([(1.0, 0.5), (0.9, 0.6), (0.8, 0.7)], [True, True, True]),
        ([(1.0, 0.5), (0.1, 0.4), (1.0, 0.5)], [True, False, False]),
        ([(1.0, 0.5), (0.9, 0.5), (1.1, 0.5)], [True, True, False]),
        ([(1.0, 0.5), (9.0, 0.6), (0.1, 0.5)], [True, True, False]),
    ],
)
def test_the_best_epoch_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[tuple[float, float]], bests: list[bool]
) -> None:
    monkeypatch.setattr(fit_module, "evaluate", Measured(*said))
    weights: dict[int, bytes] = {}
    printed = []
    for event in fit(begin(tmp_path)):
        if isinstance(event, EpochDone):
            printed.append(event.best)
            weights[event.epoch] = load_checkpoint(tmp_path / "last.npz").state.params.flat.tobytes()
        last = event
    assert printed == bests
    assert isinstance(last, RunDone)
    assert last.best_epoch == max(epoch for epoch, best in enumerate(bests, 1) if best)
    best = load_checkpoint(tmp_path / "best.npz")
    assert best.state.params.flat.tobytes() == weights[last.best_epoch]
    assert last.test_loss == evaluate(best.network, best.state.params, digits("test", 200)).loss


def test_it_stops_early_when_the_accuracy_does_not_improve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_module, "evaluate", Measured((1.0, 0.5), (1.0, 0.6), (0.5, 0.6), (0.4, 0.55)))
    printed = run(begin(tmp_path, make_config(epochs=20, early_stopping={"patience": 2})))
    done = printed[-1]
    assert isinstance(done, RunDone)
    assert (done.epochs, done.best_epoch, done.stopped_early) == (4, 3, True)
    assert files(tmp_path) == COMPLETE


BLOWN = {"optimizer": {"type": "sgd", "learning_rate": 1e39}, "schedule": {"type": "constant"}}


@pytest.mark.parametrize(
    ("batch_size", "problem"),
    [
        (64, "conv1.weight is NaN or infinite (50 of 50 numbers) since the previous update, so the loss is nan"),
        (400, "conv1.weight is NaN or infinite (50 of 50 numbers) after the update"),
    ],
)
def test_divergence_ends_the_training(tmp_path: Path, batch_size: int, problem: str) -> None:
    with pytest.raises(Diverged) as caught:
        run(begin(tmp_path, make_config(batch_size=batch_size, **BLOWN)))
    step = 2 if batch_size == 64 else 1
    assert caught.value.problem == f"the training diverged: {problem} in epoch 1, step {step}"
    assert caught.value.exit_code == ExitCode.FAILED
    assert "Lower the learning rate" in (caught.value.hint or "")
    assert "last good" not in (caught.value.hint or "")
    assert files(tmp_path) == {"config.yaml", "metrics.csv"}


def spoilt(training: Any, epoch: int, batch: int, name: str, value: float) -> Iterator[Event]:
    """The training, with a tensor spoilt after one step, as a bad update would."""
    for event in fit(training):
        yield event
        if isinstance(event, StepDone) and (event.epoch, event.batch) == (epoch, batch):
            training.state.params.named[name][...] = value


@pytest.mark.parametrize(
    ("batch", "name", "value", "seen"),
    [
        (3, "dense1.bias", np.nan, 4),  # by the loss of the next step
        (3, "dense1.bias", np.inf, 4),
        (3, "conv1.bias", -np.inf, 4),  # by no loss: relu makes it 0
        (BATCHES, "conv1.bias", -np.inf, BATCHES),
    ],
)
def test_divergence_is_seen_at_once_and_leaves_the_last_good_checkpoint(
    tmp_path: Path, batch: int, name: str, value: float, seen: int
) -> None:
    saved = b""
    with pytest.raises(Diverged) as caught:
        for event in spoilt(begin(tmp_path), 2, batch, name, value):
            if isinstance(event, EpochDone):
                saved = (tmp_path / "last.npz").read_bytes()
    assert (caught.value.epoch, caught.value.step) == (2, seen)
    assert f"{name} is NaN or infinite" in caught.value.problem
    assert str(tmp_path / "last.npz") in (caught.value.hint or "")
    assert (tmp_path / "last.npz").read_bytes() == saved
    assert load_checkpoint(tmp_path / "last.npz").state.epoch == 2


def test_a_validation_loss_that_is_not_finite_is_divergence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_module, "evaluate", Measured((1.0, 0.5), (float("inf"), 0.5)))
    with pytest.raises(Diverged, match="the validation loss is inf in epoch 2"):
        run(begin(tmp_path))
    assert load_checkpoint(tmp_path / "last.npz").state.epoch == 2


def test_an_overflow_on_validation_images_names_a_layer(tmp_path: Path) -> None:
    training = begin(tmp_path)
    with pytest.raises(Diverged, match=r"z of dense1 is .* on validation images, so the validation loss is nan"):
        for event in fit(training):
            if isinstance(event, StepDone) and event.batch == BATCHES:
                for array in training.state.params.named.values():
                    array[...] = 1e30


def test_an_optimizer_that_overflows_is_never_saved(tmp_path: Path) -> None:
    training = begin(tmp_path, make_config(optimizer=OPTIMIZERS["adam"]))

    def spoil() -> bool:
        training.state.optimizer["v"][0] = np.inf  # the weight that it belongs to would not move again
        return True

    with pytest.raises(Diverged, match="the optimizer's v is NaN or infinite"):
        run(training, spoil)
    assert "last.npz" not in files(tmp_path)


@pytest.mark.parametrize("schedule", [{"type": "constant"}, {"type": "one_cycle"}])
def test_a_warm_up_is_advised_where_the_schedule_takes_one(tmp_path: Path, schedule: dict[str, Any]) -> None:
    with pytest.raises(Diverged) as caught:
        run(begin(tmp_path, make_config(optimizer=BLOWN["optimizer"], schedule=schedule)))
    assert "--set train.optimizer.learning_rate=1e+38" in (caught.value.hint or "")
    assert ("train.schedule.warmup_epochs=1" in (caught.value.hint or "")) is (schedule["type"] == "constant")


@pytest.mark.parametrize("every", [1, 2, BATCHES, BATCHES + 2, 1000])
def test_steps_within_an_epoch_are_saved(tmp_path: Path, every: int) -> None:
    """Every so many steps of the whole training; where an epoch ends, its end is what is saved."""
    saved = []
    for event in fit(begin(tmp_path), save_every=every):
        if isinstance(event, StepDone) and (tmp_path / "last.npz").exists():  # from before the step: it comes first
            state = load_checkpoint(tmp_path / "last.npz").state
            saved.append((state.epoch - 1) * BATCHES + state.batch)
    expected = sorted({*range(0, EPOCHS * BATCHES, every), *range(0, EPOCHS * BATCHES, BATCHES)} - {0})
    assert sorted(set(saved)) == expected


def test_an_interrupted_training_never_saves_what_is_not_finite(tmp_path: Path) -> None:
    training = begin(tmp_path)

    def spoil() -> bool:
        training.state.params.flat[0] = np.nan
        return True

    with pytest.raises(Diverged):
        run(training, spoil)
    assert "last.npz" not in files(tmp_path)


@pytest.mark.parametrize("steps", [1, BATCHES - 1, BATCHES, BATCHES + 2])
def test_an_interruption_saves_after_the_step_and_prints_how_to_resume(tmp_path: Path, steps: int) -> None:
    folder = tmp_path / "a run"
    with pytest.raises(Interrupted) as caught:
        run(begin(folder), after(steps))
    error = caught.value
    assert error.exit_code == ExitCode.INTERRUPTED
    assert error.checkpoint == folder / "last.npz"
    assert error.hint == f"To continue: cnnbp train --resume '{(folder / 'last.npz').as_posix()}'"
    state = load_checkpoint(folder / "last.npz").state
    assert (state.epoch - 1) * BATCHES + state.batch == steps
    assert "summary.json" not in files(folder)


def test_who_closes_the_iterator_leaves_the_last_save(tmp_path: Path) -> None:
    events = fit(begin(tmp_path))
    for event in events:
        if isinstance(event, StepDone) and (event.epoch, event.batch) == (2, 3):
            break
    events.close()  # type: ignore[attr-defined]
    state = load_checkpoint(tmp_path / "last.npz").state
    assert (state.epoch, state.batch) == (2, 0)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_trains(tmp_path: Path, optimizer: str) -> None:
    first, *_, last = epochs_of(run(begin(tmp_path, make_config(optimizer=OPTIMIZERS[optimizer]))))
    assert last.train_loss < first.train_loss
