"""The training loop: epochs of steps, with an evaluation and a save after each epoch. It yields events."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import asdict
from math import isfinite
from time import perf_counter

import numpy as np

from cnnbp_cli import __version__
from cnnbp_cli.files import durable
from cnnbp_cli.files.text import printable
from cnnbp_cli.numerics.threads import Crew
from cnnbp_cli.training.checkpoint import load_checkpoint
from cnnbp_cli.training.divergence import NotFinite, first_in_evaluation, first_not_finite
from cnnbp_cli.training.evaluate import evaluate
from cnnbp_cli.training.events import EpochDone, Event, RunDone, RunStarted, StepDone
from cnnbp_cli.training.exceptions import Diverged, Interrupted
from cnnbp_cli.training.finite import check_outputs
from cnnbp_cli.training.health import probed
from cnnbp_cli.training.loader import BatchLoader
from cnnbp_cli.training.metrics import EpochMetrics, rank, stopped_early
from cnnbp_cli.training.saves import Earlier
from cnnbp_cli.training.start import Training
from cnnbp_cli.training.step import Stepper


def never() -> bool:
    """The default of `should_stop`: train to the end."""
    return False


def fit(
    training: Training,
    should_stop: Callable[[], bool] = never,
    *,
    threads: int = 1,
    save_every: int | None = None,
    until: int | None = None,
) -> Generator[Event, None, None]:
    """Train to the end, or until `should_stop` returns True.

    An epoch is saved before its event is yielded. Closing the iterator leaves the last save on disk.

    Parameters
    ----------
    training
        From `start` or `resume`.
    should_stop
        Called after each step.
    threads
        Number of threads for steps and evaluations. The results do not depend on it.
    save_every
        Also save after every so many steps within an epoch, counted from the first step of the training.
    until
        Only train until this epoch is finished, if the training has more, and do not evaluate on the test images.

    Raises
    ------
    Interrupted
        `should_stop` returned True; last.npz has the state after that step.
    Diverged
        The loss, a gradient or a weight is NaN or infinite; last.npz is the last good save.
    CnnbpError
        A file could not be written; earlier saves are intact.
    """
    config, state, run = training.config, training.state, training.run
    with closing(run):
        training.saves.begin(state)
        yield RunStarted(
            run=run.folder,
            epochs=config.train.epochs,
            first_epoch=state.epoch,
            batches=training.batches,
            train_images=len(training.data.train),
            validation_images=len(training.data.validation),
            resumed_from=training.resumed_from,
            complete=_complete(training),
        )
        loader = BatchLoader(config, training.data)
        with Crew(threads) as crew:
            stepper = Stepper(training.network, config.train, state, crew)
            while not _complete(training, until):
                yield from _steps(training, stepper, loader, should_stop, save_every or 0)
                yield _end_epoch(training, threads)
            if until is None:
                yield _end(training, threads)
            else:
                training.saves.finish(state)


def _complete(training: Training, until: int | None = None) -> bool:
    """Whether the training has reached its last epoch, or the epoch `until`, or early stopping has ended it."""
    state, train = training.state, training.config.train
    return state.epoch > min(train.epochs, until or train.epochs) or stopped_early(train.early_stopping, state.rows)


def _steps(
    training: Training, stepper: Stepper, loader: BatchLoader, should_stop: Callable[[], bool], save_every: int
) -> Iterator[StepDone]:
    """Train the rest of the current epoch."""
    state, train = training.state, training.config.train
    with closing(loader.batches(state.epoch, state.batch)) as batches:
        began = perf_counter()
        for batch in batches:
            number = (state.epoch - 1) * training.batches + state.batch + 1
            measured = probed(state.batch, training.batches)
            try:
                cost = stepper.step(batch, _learning_rate(training, number), number, measured=measured)
            except NotFinite as found:
                raise _diverged(training, found.problem, state.batch + 1) from None
            state.seconds += perf_counter() - began
            state.batch += 1
            state.cost += cost
            seen = min(state.batch * train.batch_size, len(training.data.train))
            yield StepDone(state.epoch, state.batch, state.cost / seen, _rate(seen, state.seconds))
            stopping = should_stop()
            if stopping or (save_every and number % save_every == 0 and state.batch < training.batches):
                _refuse_divergence(training)
                training.saves.write_last(state)
            if stopping:
                raise Interrupted(state.epoch, state.batch, training.run.last)
            began = perf_counter()


def _end_epoch(training: Training, threads: int) -> EpochDone:
    """Evaluate, advance the state to the start of the next epoch, and save."""
    state, data, saves = training.state, training.data, training.saves
    _refuse_divergence(training)
    evaluation = evaluate(training.network, state.params, data.images, data.validation, threads=threads)
    if not isfinite(evaluation.loss):
        first = first_in_evaluation(training.network, state.params, data.images, data.validation)
        cause = f"{first} on validation images, so " if first else ""
        raise _diverged(training, f"{cause}the validation loss is {evaluation.loss}", state.batch)
    images = len(data.train)
    row = EpochMetrics(
        epoch=state.epoch,
        train_loss=state.cost / images,
        validation_loss=evaluation.loss,
        validation_accuracy=evaluation.accuracy,
        learning_rate=_learning_rate(training, state.epoch * training.batches),
        seconds=state.seconds,
        images_per_second=_rate(images, state.seconds),
    )
    best = not state.best or rank(row) < rank(state.rows[state.best - 1])
    state.rows.append(row)
    state.health.end_epoch(training.network, state.raw_params, data, training.config.train.seed, training.batches)
    if best:
        state.best = state.epoch
    state.epoch, state.batch, state.cost, state.seconds = state.epoch + 1, 0, 0.0, 0.0
    saved = saves.write_last(state)
    if best:  # after last.npz: if the process is killed in between, `resume` restores best.npz from last.npz
        saves.write_best(saved)
    saves.write_metrics(state)
    return EpochDone(**row._asdict(), best=best)


def _end(training: Training, threads: int) -> RunDone:
    """Evaluate the saved best weights on the test set, and write the summary."""
    config, run, rows = training.config, training.run, training.state.rows
    training.saves.finish(training.state)
    best = load_checkpoint(run.best)
    test = evaluate(best.network, best.state.params, training.data.test, threads=threads)
    check_outputs(test.loss, run.best)
    done = RunDone(
        run=run.folder,
        epochs=len(rows),
        best_epoch=best.state.best,
        validation_accuracy=best.state.rows[-1].validation_accuracy,
        test_loss=test.loss,
        test_accuracy=test.accuracy,
        seconds=sum(row.seconds for row in rows),
        stopped_early=len(rows) < config.train.epochs,
    )
    facts = {
        "name": config.name,
        "parameters": best.state.params.flat.size,
        **asdict(done),
        "cnnbp": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.platform(),
    }
    del facts["run"]  # the folder may be moved
    durable.write(run.summary, (json.dumps(facts, indent=2) + "\n").encode())
    return done


def _refuse_divergence(training: Training) -> None:
    """Raise Diverged before a state that is not finite replaces one that is."""
    state = training.state
    weights = {**state.params.named, **state.params.state, **state.raw_params.named, **state.raw_params.state}
    vectors = {f"the optimizer's {name}": vector for name, vector in state.optimizer.items()}
    if what := first_not_finite({**weights, **vectors}):
        raise _diverged(training, f"{what} after the update", state.batch)


def _learning_rate(training: Training, number: int) -> float:
    train = training.config.train
    return train.optimizer.learning_rate * train.schedule.factor(number, training.batches, train.epochs)


def _rate(images: int, seconds: float) -> float:
    return images / seconds if seconds else 0.0


def _diverged(training: Training, what: str, batch: int) -> Diverged:
    saves = training.saves
    last = training.resumed_from if training.resumed_from and not saves.done else training.run.last
    if saves.earlier is Earlier.OTHER_RUN and not saves.done:
        kept = f"The earlier run in {printable(str(training.run.folder))} is unchanged"
    elif last.exists():
        kept = f"The last good checkpoint is {printable(str(last))}"
    else:
        kept = None
    return Diverged(what, training.state.epoch, batch, training.config, kept)
