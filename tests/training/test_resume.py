"""A resumed training is the one that was never stopped, bit for bit; one that cannot be is refused."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cnnbp_cli.config import Config, load_config
from cnnbp_cli.errors import CnnbpError, ExitCode
from cnnbp_cli.files import durable
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.training import differences
from cnnbp_cli.training.checkpoint import load_checkpoint
from cnnbp_cli.training.data import Data
from cnnbp_cli.training.events import EpochDone, Event, RunDone, RunStarted
from cnnbp_cli.training.exceptions import Interrupted
from cnnbp_cli.training.runs import find_checkpoint
from cnnbp_cli.training.start import Training, resume
from tests.training.trainings import (
    AUGMENT,
    BATCHES,
    COMPLETE,
    EPOCHS,
    NORMED,
    OPTIMIZERS,
    after,
    assert_same,
    assert_same_runs,
    begin,
    digits,
    files,
    make_config,
    make_data,
    metrics,
    run,
)

CONSTANT = {"type": "constant"}


def go_on(path: Path, config: Config | None = None, folder: Path | None = None, **options: Any) -> Training:
    """The training that resumes from a checkpoint, or from a run folder."""
    checkpoint = load_checkpoint(find_checkpoint(path, "last.npz", "best.npz"))
    config = config or checkpoint.config
    return resume(checkpoint, config, make_data(config), folder, **options)


def stopped(folder: Path, steps: int, config: Config | None = None) -> Path:
    """The last.npz of a training that was asked to stop after so many steps."""
    with pytest.raises(Interrupted):
        run(begin(folder, config), after(steps))
    return folder / "last.npz"


VARIANTS: dict[str, dict[str, Any]] = {
    **{name: {"optimizer": optimizer} for name, optimizer in OPTIMIZERS.items()},
    "normed": {"layers": NORMED},
    "averaged": {"layers": NORMED, "ema": {"decay": 0.9}, "label_smoothing": 0.1},
    "augmented": {"augment": AUGMENT},
}


@pytest.fixture(scope="module", params=sorted(VARIANTS))
def config(request: pytest.FixtureRequest) -> Config:
    return make_config(**VARIANTS[request.param])


@pytest.fixture(scope="module")
def unbroken(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unbroken")
    run(begin(folder, config))
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the usual config."""
    folder = tmp_path_factory.mktemp("whole")
    run(begin(folder))
    return folder


@pytest.mark.parametrize("steps", [1, 4, BATCHES - 1, BATCHES, BATCHES + 1, 2 * BATCHES, 3 * BATCHES - 2, 3 * BATCHES])
def test_the_same_bits_from_every_kind_of_place(config: Config, unbroken: Path, tmp_path: Path, steps: int) -> None:
    folder = tmp_path / "run"
    printed = run(go_on(stopped(folder, steps, config)))
    assert_same_runs(folder, unbroken)
    assert files(folder) == COMPLETE
    assert isinstance(printed[-1], RunDone)


def test_from_the_end_of_each_epoch(config: Config, unbroken: Path, tmp_path: Path) -> None:
    from cnnbp_cli.training.fit import fit

    whole = tmp_path / "whole"
    for event in fit(begin(whole, config)):
        if isinstance(event, EpochDone):
            shutil.copytree(whole, tmp_path / str(event.epoch))
    for epoch in range(1, EPOCHS + 1):
        run(go_on(tmp_path / str(epoch)))
        assert_same_runs(tmp_path / str(epoch), unbroken)


def test_stopped_again_and_again(whole: Path, tmp_path: Path) -> None:
    stopped(tmp_path / "run", 1)
    for steps in (1, 5, 2, 7, 3):
        with pytest.raises(Interrupted):
            run(go_on(tmp_path / "run"), after(steps))
    run(go_on(tmp_path / "run"))
    assert_same_runs(tmp_path / "run", whole)


class Killed(BaseException):
    """The process is gone: nothing after this happens."""


def kill_at(monkeypatch: pytest.MonkeyPatch, save: int) -> None:
    """Lets the training die in place of its `save`-th write, of any file."""
    real = durable.write
    writes = iter(range(1, save + 1))

    def write(path: Path, data: bytes) -> None:
        if next(writes, save) == save:
            (path.parent / f".{path.name}.{'0a' * 8}.tmp").write_bytes(data[: len(data) // 2])
            raise Killed
        real(path, data)

    monkeypatch.setattr(durable, "write", write)


WRITES = 1 + EPOCHS * 3 + 1
"""metrics.csv at the start; last.npz, best.npz and metrics.csv after an epoch; the summary."""


@pytest.mark.parametrize("save", range(1, WRITES + 1))
def test_killed_at_each_write(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, save: int) -> None:
    folder = tmp_path / "run"
    training = begin(folder)
    kill_at(monkeypatch, save)
    with monkeypatch.context(), pytest.raises(Killed):
        run(training)
    monkeypatch.undo()
    if (folder / "last.npz").exists():
        reported = len(metrics(folder)) - 1
        checkpoint = load_checkpoint(folder / "last.npz")
        assert checkpoint.state.epoch > reported  # nothing that was reported is lost
        printed = run(go_on(folder))
        assert isinstance(printed[0], RunStarted)
        assert printed[0].resumed_from == folder / "last.npz"
        assert_same_runs(folder, whole)
        assert files(folder) == COMPLETE
    else:
        assert save <= 2


def test_the_written_files_are_as_many_as_are_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = begin(tmp_path)
    written: list[str] = []
    real = durable.write
    monkeypatch.setattr(durable, "write", lambda path, data: (written.append(path.name), real(path, data)))
    run(training)
    assert written[:3] == ["metrics.csv", "last.npz", "best.npz"]
    assert EPOCHS * 2 + 3 <= len(written) <= WRITES


def test_metrics_have_every_epoch_once_even_where_the_log_was_ahead(whole: Path, tmp_path: Path) -> None:
    """The log is written again from the checkpoint: lines of epochs that are trained again do not stay."""
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    shutil.copy(stopped(tmp_path / "other", BATCHES + 3), folder / "last.npz")
    shutil.copy(tmp_path / "other" / "best.npz", folder / "best.npz")
    run(go_on(folder))
    assert metrics(folder) == metrics(whole)


def test_resumes_in_its_own_folder(tmp_path: Path) -> None:
    path = stopped(tmp_path / "run", 9)
    training = go_on(path)
    started, *_ = run(training)
    assert started == RunStarted(
        run=tmp_path / "run",
        epochs=EPOCHS,
        first_epoch=2,
        batches=BATCHES,
        train_images=400,
        validation_images=100,
        resumed_from=path,
    )
    assert training.remarks == ()


@pytest.mark.parametrize("steps", [3, BATCHES + 3, 2 * BATCHES])
def test_resumes_in_another_folder(whole: Path, tmp_path: Path, steps: int) -> None:
    path = stopped(tmp_path / "run", steps)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    run(go_on(path, folder=tmp_path / "new"))
    assert_same_runs(tmp_path / "new", whole)
    assert files(tmp_path / "new") == COMPLETE
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_its_own_folder_may_be_named(tmp_path: Path) -> None:
    path = stopped(tmp_path / "run", 9)
    training = go_on(path, folder=tmp_path / "run" / ".." / "run")
    assert training.run.last.resolve() == path.resolve()


def test_another_folder_must_be_empty(tmp_path: Path) -> None:
    path = stopped(tmp_path / "run", 9)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    with pytest.raises(CnnbpError, match="not empty"):
        go_on(path, folder=tmp_path / "taken")


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    path = stopped(tmp_path / "run", 9)
    (tmp_path / "run" / ".last.npz.0123456789abcdef.tmp").write_bytes(b"half")
    go_on(path)
    assert ".last.npz.0123456789abcdef.tmp" not in files(tmp_path / "run")


def test_a_finished_training_ends_at_once_with_the_same_result(tmp_path: Path) -> None:
    printed = run(begin(tmp_path / "run"))
    (tmp_path / "run" / "summary.json").unlink()
    again = run(go_on(tmp_path / "run"))
    assert again[1:] == printed[-1:]
    assert files(tmp_path / "run") == COMPLETE


def test_a_training_that_stopped_early_does_not_go_on(tmp_path: Path) -> None:
    config = make_config(
        epochs=9, early_stopping={"patience": 1, "min_delta": 0.9}, optimizer=OPTIMIZERS["sgd"], schedule=CONSTANT
    )
    printed = run(begin(tmp_path / "run", config))
    again = run(go_on(tmp_path / "run"))
    assert isinstance(printed[-1], RunDone)
    assert printed[-1].stopped_early
    assert again[1:] == printed[-1:]


def test_early_stopping_counts_across_a_resume(tmp_path: Path) -> None:
    config = make_config(epochs=9, early_stopping={"patience": 3, "min_delta": 0.5}, schedule=CONSTANT)
    unbroken = run(begin(tmp_path / "unbroken", config))
    stopped(tmp_path / "run", 2 * BATCHES + 3, config)
    run(go_on(tmp_path / "run"))
    assert isinstance(unbroken[-1], RunDone)
    assert unbroken[-1].stopped_early
    assert_same_runs(tmp_path / "run", tmp_path / "unbroken")


def test_more_epochs_are_those_of_a_longer_training(tmp_path: Path) -> None:
    """With a schedule that does not look at the end."""
    run(begin(tmp_path / "run", make_config(epochs=2, schedule=CONSTANT)))
    longer = make_config(epochs=4, schedule=CONSTANT)
    run(go_on(tmp_path / "run", longer))
    run(begin(tmp_path / "unbroken", longer))
    assert_same_runs(tmp_path / "run", tmp_path / "unbroken")
    assert load_config(tmp_path / "run" / "config.yaml") == longer


def test_more_epochs_of_a_schedule_that_ends_go_over_to_the_longer_curve(tmp_path: Path) -> None:
    run(begin(tmp_path / "run", make_config(epochs=2)))
    longer = make_config(epochs=4)
    printed = [event for event in run(go_on(tmp_path / "run", longer)) if isinstance(event, EpochDone)]
    schedule = longer.train.schedule
    assert [event.learning_rate for event in printed] == [
        0.05 * schedule.factor(e * BATCHES, BATCHES, 4) for e in (3, 4)
    ]


def test_fewer_epochs_may_end_it(tmp_path: Path) -> None:
    path = stopped(tmp_path / "run", BATCHES + 3)
    printed = run(go_on(path, make_config(epochs=2)))
    assert isinstance(printed[-1], RunDone)
    assert printed[-1].epochs == 2


def refused(path: Path, config: Config | None = None, **options: Any) -> CnnbpError:
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    with pytest.raises(CnnbpError) as caught:
        go_on(path, config, **options)
    assert caught.value.exit_code == ExitCode.USAGE
    assert caught.value.where == str(path)
    assert caught.value.hint
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before
    return caught.value


@pytest.mark.parametrize("steps", [BATCHES + 3, 2 * BATCHES])
def test_fewer_epochs_than_are_begun_are_refused(tmp_path: Path, steps: int) -> None:
    assert "train.epochs is 1" in refused(stopped(tmp_path / "run", steps), make_config(epochs=1)).problem


@pytest.mark.parametrize(
    ("train", "named"),
    [
        ({"seed": 6}, "train.seed: 5 in the checkpoint, 6 in the config"),
        ({"batch_size": 32}, "train.batch_size: 64 in the checkpoint, 32 in the config"),
        ({"optimizer": {**OPTIMIZERS["momentum"], "momentum": 0.8}}, "train.optimizer.momentum: 0.9"),
        ({"optimizer": OPTIMIZERS["adam"]}, "train.optimizer.type: 'sgd' in the checkpoint, 'adam' in the config"),
        ({"schedule": {"type": "cosine"}}, "train.schedule.type: 'one_cycle'"),
        ({"label_smoothing": 0.1}, "train.label_smoothing: 0.0 in the checkpoint, 0.1 in the config"),
    ],
)
def test_another_config_is_refused_and_the_difference_named(tmp_path: Path, train: dict[str, Any], named: str) -> None:
    assert named in refused(stopped(tmp_path / "run", 3), make_config(**train)).problem


def test_another_network_is_refused_with_all_its_differences(tmp_path: Path) -> None:
    config = make_config()
    first, *rest = config.layers
    other = config.model_copy(update={"layers": (replace(first, filters=4, activation="tanh"), *rest)})
    problem = refused(stopped(tmp_path / "run", 3), other).problem
    assert "layers[0].filters: 2 in the checkpoint, 4 in the config" in problem
    assert "layers[0].activation: 'relu' in the checkpoint, 'tanh' in the config" in problem


def test_another_name_and_another_place_of_the_data_are_fine(tmp_path: Path) -> None:
    config = make_config()
    data = config.data.model_copy(update={"dir": Path("elsewhere")})
    go_on(stopped(tmp_path / "run", 3), config.model_copy(update={"name": "other", "data": data}))


def test_other_images_are_refused(tmp_path: Path) -> None:
    path = stopped(tmp_path / "run", 3)
    checkpoint = load_checkpoint(path)
    images = digits()
    other = Images(images.images, images.labels[::-1].copy())
    with pytest.raises(CnnbpError, match="other images") as caught:
        resume(checkpoint, checkpoint.config, Data.of(checkpoint.config, other, digits("test", 200)))
    assert "--data-dir" in (caught.value.hint or "")


def test_more_steps_than_an_epoch_has_are_refused(tmp_path: Path) -> None:
    path = stopped(tmp_path / "run", 3)
    checkpoint = load_checkpoint(path)
    checkpoint.state.batch = BATCHES + 1
    with pytest.raises(CnnbpError, match="more steps"):
        resume(checkpoint, checkpoint.config, make_data(checkpoint.config))


def test_an_older_checkpoint_does_not_overwrite_what_came_after_it(tmp_path: Path) -> None:
    run(begin(tmp_path / "run"))
    shutil.copy(stopped(tmp_path / "other", 3), tmp_path / "run" / "early.npz")
    error = refused(tmp_path / "run" / "early.npz")
    assert f"already in epoch {EPOCHS + 1}" in error.problem
    assert "--force" in (error.hint or "")


def test_it_does_so_by_force(whole: Path, tmp_path: Path) -> None:
    run(begin(tmp_path / "run"))
    shutil.copy(stopped(tmp_path / "other", 3), tmp_path / "run" / "early.npz")
    run(go_on(tmp_path / "run" / "early.npz", force=True))
    assert_same_runs(tmp_path / "run", whole)


def test_the_best_weights_can_be_gone_on_from(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    (folder / "last.npz").write_bytes(b"damaged")
    run(go_on(folder / "best.npz"))
    assert_same_runs(folder, whole)


def test_a_resumed_run_can_be_resumed_before_its_next_save(whole: Path, tmp_path: Path) -> None:
    longer = make_config(epochs=EPOCHS + 1)
    path = stopped(tmp_path / "run", BATCHES + 3)
    go_on(path, longer, tmp_path / "new")
    assert load_checkpoint(tmp_path / "new" / "last.npz").config == longer
    run(go_on(tmp_path / "new", make_config()))
    assert_same_runs(tmp_path / "new", whole)


def test_a_damaged_last_checkpoint_is_reported_not_skipped(tmp_path: Path) -> None:
    path = stopped(tmp_path / "run", BATCHES + 3)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(CnnbpError, match=r"not an \.npz file") as caught:
        go_on(tmp_path / "run")
    assert "best.npz" in (caught.value.hint or "")


def test_a_checkpoint_alone_needs_a_folder_to_go_on_in(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "mailed.npz"
    stopped(tmp_path / "run", 3).rename(path)
    assert "--output-dir" in (refused_alone(path).hint or "")
    run(go_on(path, folder=tmp_path / "new"))
    assert_same_runs(tmp_path / "new", whole)


def refused_alone(path: Path) -> CnnbpError:
    with pytest.raises(CnnbpError, match="not in a run folder") as caught:
        go_on(path)
    return caught.value


def test_lost_best_weights_are_reported(tmp_path: Path) -> None:
    path = stopped(tmp_path / "run", BATCHES + 3)
    (tmp_path / "run" / "best.npz").unlink()
    assert "the best weights so far, those of epoch 1" in refused(path).problem


def test_best_weights_of_another_run_are_reported(tmp_path: Path) -> None:
    path = stopped(tmp_path / "run", BATCHES + 3)
    stopped(tmp_path / "other", BATCHES + 3, make_config(seed=6))
    shutil.copy(tmp_path / "other" / "best.npz", tmp_path / "run" / "best.npz")
    assert "the best weights so far, those of epoch 1" in refused(path).problem


@pytest.mark.parametrize(("module", "name"), [(np, "NumPy"), (differences, "cnnbp")])
def test_other_versions_are_remarked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str
) -> None:
    path = stopped(tmp_path / "run", 3)
    was = module.__version__
    monkeypatch.setattr(module, "__version__", "9.9.9")
    (remark,) = go_on(path).remarks
    assert remark == f"{path} was saved with {name} {was}, this is 9.9.9: the last bits of weights may differ"


def test_the_seconds_of_an_epoch_add_up(tmp_path: Path) -> None:
    path = stopped(tmp_path / "run", 5)
    before = load_checkpoint(path).state.seconds
    events: list[Event] = run(go_on(path))
    first = next(event for event in events if isinstance(event, EpochDone))
    assert first.seconds > before > 0


def test_a_resumed_state_is_the_saved_one(tmp_path: Path) -> None:
    path = stopped(tmp_path / "run", 5)
    training = go_on(path)
    with pytest.raises(Interrupted):
        run(training, after(1))
    again = tmp_path / "again"
    stopped(again, 6)
    assert_same(load_checkpoint(path), load_checkpoint(again / "last.npz"))
