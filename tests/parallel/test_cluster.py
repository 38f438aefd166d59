"""A real Dask cluster: calls on its workers, workers and schedulers that die, workers of another version."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnbp_cli import __version__
from cnnbp_cli.errors import CnnbpError, ShapeError
from cnnbp_cli.parallel import open_executor
from tests.parallel import tasks
from tests.support.dask_cluster import DaskCluster, dask_cluster, wait_until

pytest.importorskip("distributed", reason="needs the extra cluster")
pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="needs signals"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("cluster"), 2) as cluster:
        yield cluster


def test_calls_run_on_the_workers(shared: DaskCluster) -> None:
    with open_executor(scheduler=shared.address) as executor:
        assert executor.workers == 2
        assert set(executor.map(tasks.process, range(6))) <= {worker.pid for worker in shared.workers}


def test_a_scheduler_file_is_an_address(shared: DaskCluster) -> None:
    with open_executor(scheduler=str(shared.file)) as executor:
        assert executor.submit(tasks.process).result() in {worker.pid for worker in shared.workers}


def test_an_error_of_ours_arrives_whole(shared: DaskCluster) -> None:
    with open_executor(scheduler=shared.address) as executor, pytest.raises(ShapeError) as caught:
        executor.submit(tasks.misfit).result()
    assert (caught.value.where, caught.value.hint, caught.value.index) == ("layers[1]", "Change one.", 1)


def test_stop_ends_running_calls_early_and_cancels_the_others(shared: DaskCluster, tmp_path: Path) -> None:
    with open_executor(scheduler=shared.address) as executor:
        running = [executor.submit(tasks.note_and_wait, str(tmp_path), str(n), 60) for n in range(2)]
        wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
        waiting = executor.submit(tasks.note_and_wait, str(tmp_path), "waiting", 60)
        executor.stop()
        assert [one.result(30) for one in running] == ["stopped", "stopped"]
        wait_until(waiting.cancelled)
    assert len(list(tmp_path.iterdir())) == 2


def test_the_call_of_a_killed_worker_is_repeated(tmp_path: Path) -> None:
    (marks := tmp_path / "marks").mkdir()
    with dask_cluster(tmp_path, 2) as cluster, open_executor(scheduler=cluster.address) as executor:
        future = executor.submit(tasks.note_and_wait, str(marks), "call", 2.0)
        wait_until(lambda: any(marks.iterdir()))
        (mark,) = marks.iterdir()
        os.kill(int(mark.name.rpartition("-")[2]), signal.SIGKILL)
        assert future.result(60) == "ended"
        assert len({path.name for path in marks.iterdir()}) == 2


def test_a_scheduler_that_dies_is_a_clear_error(tmp_path: Path) -> None:
    (marks := tmp_path / "marks").mkdir()
    with dask_cluster(tmp_path, 1) as cluster, open_executor(scheduler=cluster.address) as executor:
        future = executor.submit(tasks.note_and_wait, str(marks), "call", 60)
        wait_until(lambda: any(marks.iterdir()))
        assert cluster.scheduler
        cluster.scheduler.kill()
        with pytest.raises(CnnbpError, match="connection to the scheduler is lost"):
            future.result(60)


@pytest.fixture
def other_version(tmp_path: Path) -> Path:
    """A folder with a cnnbp of another version, which lacks what this one has."""
    package = tmp_path / "other" / "cnnbp_cli"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('__version__ = "0.0.1"\n')
    return package.parent


def test_workers_of_another_version_are_left_out_by_name(tmp_path: Path, other_version: Path) -> None:
    with dask_cluster(tmp_path, 1) as cluster:
        cluster.add_worker(path=other_version)
        notes: list[str] = []
        with open_executor(None, cluster.address, notes.append) as executor:
            assert set(executor.map(tasks.process, range(8))) == {cluster.workers[0].pid}
    (note,) = notes
    assert "has cnnbp 0.0.1" in note
    assert f"this is cnnbp {__version__}" in note


def test_a_cluster_of_another_version_is_refused(tmp_path: Path, other_version: Path) -> None:
    with dask_cluster(tmp_path, 0) as cluster:
        cluster.add_worker(path=other_version)
        with pytest.raises(CnnbpError, match=r"the worker tcp://\S+ has cnnbp 0\.0\.1"):
            open_executor(scheduler=cluster.address)


def test_a_worker_of_another_version_that_joins_later_gets_nothing(tmp_path: Path, other_version: Path) -> None:
    with dask_cluster(tmp_path, 1) as cluster, open_executor(scheduler=cluster.address) as executor:
        cluster.add_worker(path=other_version)
        assert set(executor.map(tasks.process, range(8))) == {cluster.workers[0].pid}


def test_no_scheduler_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnbp_cli.parallel.cluster.CONNECT_SECONDS", 1)
    with pytest.raises(CnnbpError, match="no scheduler answers"):
        open_executor(scheduler="tcp://127.0.0.1:9")
