"""Sweeps on a real Dask cluster: workers and schedulers that die, that are of another version, that have no space."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.dask_cluster import DaskCluster, dask_cluster, wait_until
from tests.sweeps.processes import EPOCHS, RATES, begin, ended, run_folders, something_saved
from tests.training.trainings import assert_same_runs

pytest.importorskip("distributed", reason="needs the extra cluster")
pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="needs signals"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
NOBODY = 65534
needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root starts a worker as another user"
)


@pytest.fixture(scope="module")
def options(config: Path) -> tuple[object, ...]:
    return "--config", config, "--vary", RATES, "--set", f"train.epochs={EPOCHS}"


@pytest.fixture(scope="module")
def whole(options: tuple[object, ...], data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the same sweep on this machine."""
    folder = tmp_path_factory.mktemp("whole") / "sweep"
    code, printed = ended(begin(*options, "--output-dir", folder, cwd=folder.parent, data=data))
    assert code == 0, printed
    return folder


@pytest.fixture
def sweep(options: tuple[object, ...], data: Path, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Begins the sweep on a cluster."""

    def start(cluster: DaskCluster, *more: object) -> subprocess.Popen[str]:
        given = more or (*options, "--output-dir", tmp_path / "sweep")
        return begin(*given, "--scheduler", cluster.address, cwd=tmp_path, data=data)

    return start


def assert_equal(folder: Path, whole: Path) -> None:
    for one, other in zip(run_folders(folder), run_folders(whole), strict=True):
        assert_same_runs(one, other)


def test_a_killed_worker_only_costs_time(whole: Path, sweep: Callable, tmp_path: Path) -> None:
    with dask_cluster(tmp_path, 2) as cluster:
        process = sweep(cluster)
        wait_until(lambda: something_saved(tmp_path / "sweep"))
        cluster.workers[0].kill()
        code, printed = ended(process)
    assert code == 0, printed
    assert_equal(tmp_path / "sweep", whole)


def test_a_killed_scheduler_is_named_and_the_sweep_goes_on_elsewhere(
    whole: Path, sweep: Callable, data: Path, tmp_path: Path
) -> None:
    with dask_cluster(tmp_path, 2) as cluster:
        process = sweep(cluster)
        wait_until(lambda: something_saved(tmp_path / "sweep"))
        assert cluster.scheduler
        cluster.scheduler.kill()
        code, printed = ended(process)
    assert code == 2, printed
    assert "the connection to the scheduler is lost" in printed
    assert f"cnnbp sweep --resume {tmp_path / 'sweep'}" in printed
    assert "Traceback" not in printed
    code, printed = ended(begin("--resume", tmp_path / "sweep", cwd=tmp_path, data=data))
    assert code == 0, printed
    assert_equal(tmp_path / "sweep", whole)


def test_a_worker_of_another_version_is_named_and_gets_nothing(whole: Path, sweep: Callable, tmp_path: Path) -> None:
    package = tmp_path / "other" / "cnnbp_cli"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('__version__ = "0.0.1"\n')
    with dask_cluster(tmp_path, 1) as cluster:
        cluster.add_worker(path=package.parent)
        code, printed = ended(sweep(cluster))
    assert code == 0, printed
    assert "has cnnbp 0.0.1; this is cnnbp" in printed
    assert_equal(tmp_path / "sweep", whole)


@needs_root
def test_a_worker_that_sees_neither_folder_nor_images_gets_them_sent(
    whole: Path, sweep: Callable, tmp_path: Path
) -> None:
    with dask_cluster(tmp_path, 0) as cluster:
        cluster.add_worker(user=NOBODY, HOME="/nonexistent")
        code, printed = ended(sweep(cluster))
        assert code == 0, printed
        assert_equal(tmp_path / "sweep", whole)


@pytest.fixture
def full_disk() -> Iterator[Path]:
    """A file system of a few pages."""
    place = Path(tempfile.mkdtemp())
    mount = ["mount", "-t", "tmpfs", "-o", "size=16384,mode=1777", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)
    place.rmdir()


@needs_root
def test_a_worker_with_a_full_disk_is_named_and_its_runs_go_elsewhere(
    whole: Path, sweep: Callable, tmp_path: Path, full_disk: Path
) -> None:
    with dask_cluster(tmp_path, 1) as cluster:
        cluster.add_worker(user=NOBODY, HOME="/nonexistent", TMPDIR=str(full_disk))
        code, printed = ended(sweep(cluster))
    assert code == 0, printed
    assert "cannot save a run" in printed
    assert "No space left on device" in printed
    assert_equal(tmp_path / "sweep", whole)


@needs_root
def test_a_full_disk_here_ends_the_sweep_and_resume_goes_on(
    whole: Path, options: tuple[object, ...], data: Path, full_disk: Path, tmp_path: Path
) -> None:
    folder = full_disk / "sweep"
    code, printed = ended(begin(*options, "--output-dir", folder, cwd=tmp_path, data=data))
    assert code == 2, printed
    assert "No space left on device" in printed
    assert "Traceback" not in printed
    subprocess.run(["mount", "-o", "remount,size=8m", str(full_disk)], check=True)
    code, printed = ended(begin("--resume", folder, cwd=tmp_path, data=data))
    assert code == 0, printed
    assert_equal(folder, whole)
