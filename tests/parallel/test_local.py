"""The pool of this machine: separate processes, one BLAS thread each, and calls that survive their workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from cnnbp_cli.errors import CnnbpError, ShapeError
from cnnbp_cli.numerics.threads import usable_cores
from cnnbp_cli.parallel import WorkerDied, open_executor
from tests.parallel import tasks
from tests.support.dask_cluster import wait_until

posix = pytest.mark.skipif(os.name == "nt", reason="needs signals")


def test_the_default_is_a_process_per_core() -> None:
    with open_executor() as executor:
        assert executor.workers == usable_cores()


def test_calls_run_in_other_processes_and_in_order() -> None:
    with open_executor(2) as executor:
        assert os.getpid() not in list(executor.map(tasks.process, range(6)))


def test_a_worker_has_one_blas_thread_before_numpy_is_loaded() -> None:
    with open_executor(1) as executor:
        early, threads = executor.submit(tasks.threads_of_blas).result()
    assert not early
    assert set(threads) <= {1}


def test_an_error_of_ours_arrives_whole() -> None:
    with open_executor(1) as executor, pytest.raises(ShapeError) as caught:
        executor.submit(tasks.misfit).result()
    assert (caught.value.where, caught.value.hint, caught.value.index) == ("layers[1]", "Change one.", 1)


@posix
def test_workers_ignore_ctrl_c() -> None:
    with open_executor(1) as executor:
        assert executor.submit(tasks.interrupt_itself).result() == "still here"


@posix
def test_the_call_of_a_killed_worker_is_repeated_and_others_are_not(tmp_path: Path) -> None:
    (marks := tmp_path / "marks").mkdir()
    (deaths := tmp_path / "deaths").mkdir()
    with open_executor(2) as executor:
        other = executor.submit(tasks.note_and_wait, str(marks), "other", 1.0)
        assert executor.submit(tasks.die_until, str(deaths), 2).result() == 2
        assert other.result() == "ended"
    assert len(list(marks.iterdir())) == 1


@posix
def test_a_call_that_always_kills_its_worker_is_given_up_with_a_clear_error(tmp_path: Path) -> None:
    with open_executor(1) as executor:
        with pytest.raises(WorkerDied, match="died 3 times"):
            executor.submit(tasks.die_until, str(tmp_path), 99).result()
        assert executor.submit(tasks.process).result() != os.getpid()


def test_stop_ends_running_calls_early_and_cancels_the_others(tmp_path: Path) -> None:
    with open_executor(1) as executor:
        running = executor.submit(tasks.note_and_wait, str(tmp_path), "running", 60)
        waiting = executor.submit(tasks.note_and_wait, str(tmp_path), "waiting", 60)
        wait_until(lambda: any(tmp_path.iterdir()))
        executor.stop()
        assert running.result() == "stopped"
        assert waiting.cancelled()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_script_without_the_usual_guard_runs_once(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(
        "from cnnbp_cli.parallel import open_executor\n"
        "from tests.parallel import tasks\n"
        "print('once')\n"
        "with open_executor(2) as executor:\n"
        "    print(len(list(executor.map(tasks.process, range(4)))), __file__.endswith('unguarded.py'))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.returncode) == ("once\n4 True\n", 0), done.stderr


@posix
def test_workers_end_when_the_process_that_started_them_is_killed(tmp_path: Path) -> None:
    program = f"""
        from cnnbp_cli.parallel import open_executor
        from tests.parallel import tasks
        if __name__ == "__main__":
            with open_executor(1) as executor:
                executor.submit(tasks.note_and_wait, {str(tmp_path)!r}, "orphan", 300).result()
    """
    script = tmp_path.parent / "program.py"
    script.write_text(textwrap.dedent(program))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, str(script)], env=environment) as parent:
        wait_until(lambda: any(tmp_path.iterdir()))
        parent.send_signal(signal.SIGKILL)
    (mark,) = tmp_path.iterdir()
    worker = int(mark.name.rpartition("-")[2])
    wait_until(lambda: not _runs(worker), 10)


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_workers_and_a_scheduler_together_are_refused() -> None:
    with pytest.raises(CnnbpError, match="--workers starts processes on this machine"):
        open_executor(2, "tcp://127.0.0.1:1")
