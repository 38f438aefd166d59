"""A sweep that is interrupted or killed at any moment goes on, and its runs end as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.support.dask_cluster import wait_until
from tests.sweeps.processes import EPOCHS, RATES, begin, ended, run_folders, something_saved
from tests.training.trainings import assert_same_runs

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals cannot be sent so on Windows")


@pytest.fixture(scope="module")
def whole(config: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the same sweep, never interrupted."""
    folder = tmp_path_factory.mktemp("whole") / "sweep"
    options = ("--config", config, "--vary", RATES, "--set", f"train.epochs={EPOCHS}", "--output-dir", folder)
    code, printed = ended(begin(*options, cwd=folder.parent, data=data))
    assert code == 0, printed
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_in_order_and_resume_goes_on(
    number: signal.Signals, whole: Path, config: Path, data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "sweep"
    options = ("--config", config, "--vary", RATES, "--set", f"train.epochs={EPOCHS}", "--output-dir", folder)
    process = begin(*options, cwd=tmp_path, data=data)
    wait_until(lambda: something_saved(folder))
    process.send_signal(number)
    code, printed = ended(process)
    assert code == 128 + number, printed
    assert f"To continue: cnnbp sweep --resume {folder} --data-dir {data}\n" in printed
    assert "Traceback" not in printed
    assert (folder / "summary.json").exists()
    assert something_saved(folder)
    code, printed = ended(begin("--resume", folder, cwd=tmp_path, data=data))
    assert code == 0, printed
    for one, other in zip(run_folders(folder), run_folders(whole), strict=True):
        assert_same_runs(one, other)


def test_killed_again_and_again(whole: Path, config: Path, data: Path, tmp_path: Path) -> None:
    """SIGKILL to the whole sweep at random moments: nothing is lost, and nothing stands in the way of --resume."""
    folder = tmp_path / "sweep"
    options: tuple[object, ...] = (
        *("--config", config, "--vary", RATES, "--set", f"train.epochs={EPOCHS}"),
        *("--output-dir", folder),
    )
    dice = random.Random(7)
    for _ in range(3):
        process = begin(*options, cwd=tmp_path, data=data)
        wait_until(lambda: (folder / "sweep.yaml").exists())
        time.sleep(dice.uniform(0.0, 2.0))
        process.kill()
        ended(process)
        options = ("--resume", folder)
    code, printed = ended(begin(*options, cwd=tmp_path, data=data))
    assert code == 0, printed
    for one, other in zip(run_folders(folder), run_folders(whole), strict=True):
        assert_same_runs(one, other)


def test_killed_workers_only_cost_time(whole: Path, config: Path, data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    options = ("--config", config, "--vary", RATES, "--set", f"train.epochs={EPOCHS}", "--output-dir", folder)
    process = begin(*options, "--workers", 2, cwd=tmp_path, data=data)
    wait_until(lambda: something_saved(folder))
    for child in _children(process.pid):
        os.kill(child, signal.SIGKILL)
    code, printed = ended(process)
    assert code == 0, printed
    for one, other in zip(run_folders(folder), run_folders(whole), strict=True):
        assert_same_runs(one, other)


def _children(process: int) -> list[int]:
    """The processes that it has spawned, without the standard library's resource tracker."""
    psutil = pytest.importorskip("psutil")
    found = psutil.Process(process).children(recursive=True)
    return [child.pid for child in found if "spawn_main" in " ".join(child.cmdline())]
