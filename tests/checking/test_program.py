"""A program ends with all that it started: when it is done, when its time is up, and on Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnnbp_cli.checking.program import MAX_OUTPUT, command_of, run_program
from cnnbp_cli.checking.saved import saved_file, state_of, states
from cnnbp_cli.checking.watch import FileWatch
from cnnbp_cli.errors import CnnbpError


def run(program: str, limit: float = 30.0, **environment: str) -> object:
    return run_program([sys.executable, "-c", program], limit=limit, environment=environment)


def test_output_and_exit_code_are_those_of_the_program() -> None:
    outcome = run("import sys; print('σ'); print('wrong', file=sys.stderr); sys.exit(3)")
    assert (outcome.exit_code, outcome.output, outcome.timed_out) == (3, "σ\nwrong\n", False)
    assert not outcome.succeeded
    assert run("import os; print(os.environ['GIVEN'])", GIVEN="here").output == "here\n"


def test_nothing_can_be_typed_into_it() -> None:
    assert "EOFError" in run("input()").output


def test_of_endless_output_the_end_is_kept() -> None:
    outcome = run("n = 0\nwhile n < 200_000: print(n); n += 1")
    assert outcome.succeeded
    assert len(outcome.output) <= MAX_OUTPUT
    lines = outcome.output.splitlines()
    assert lines[-1] == "199999"
    assert lines[0].isdigit()


CHILD = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"


def is_running(number: int) -> bool:
    """Whether a process is there, and not only its entry."""
    status = Path(f"/proc/{number}/stat")
    if status.parent.parent.exists() and Path("/proc/self/stat").exists():
        try:
            return status.read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False
    try:
        os.kill(number, 0)
    except OSError:
        return False
    return True


def gone(number: int) -> bool:
    for _ in range(50):
        if not is_running(number):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(os.name == "nt", reason="looks at processes as POSIX does")
@pytest.mark.parametrize("then", ["time.sleep(600)", "pass", "raise SystemExit(1)"])
def test_its_children_end_with_it(then: str) -> None:
    outcome = run(f"{CHILD}; print(p.pid, flush=True)\n{then}", limit=3.0 if "sleep" in then else 30.0)
    assert outcome.timed_out == ("sleep" in then)
    assert outcome.seconds < 20
    assert gone(int(outcome.output))


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_ctrl_c_ends_the_program_too(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(f"{CHILD}\nopen('pids', 'w').write(f'{{p.pid}}\\n')\ntime.sleep(600)\n")
    (tmp_path / "exercise.npz").write_bytes(b"")
    outer = (
        "import sys; from cnnbp_cli.checking.program import run_program\n"
        "run_program([sys.executable, 'slow.py'], limit=600, environment={})"
    )
    process = subprocess.Popen([sys.executable, "-c", outer], cwd=tmp_path, stderr=subprocess.DEVNULL)
    pids = tmp_path / "pids"
    for _ in range(300):
        if pids.exists() and pids.read_text().endswith("\n"):
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) != 0
    assert gone(int(pids.read_text()))


def test_the_end_of_a_name_says_what_runs_it(tmp_path: Path) -> None:
    program = tmp_path / "p.py"
    program.write_text("")
    assert command_of(program) == [sys.executable, str(program)]
    assert command_of(program, f"'{sys.executable}' -O")[1:] == ["-O", str(program)]
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    with pytest.raises(CnnbpError, match="is not executable"):
        command_of(script)
    for bad, problem in (("no-such-command", "no-such-command is not found"), ("'", "cannot be read")):
        with pytest.raises(CnnbpError, match=problem):
            command_of(program, bad)
    with pytest.raises(CnnbpError, match="there is no such file"):
        command_of(tmp_path / "none.py")


def test_the_file_that_changed_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exercise, old, mine = Path("exercise.npz"), Path("old.npz"), Path("mine.npz")
    for path in (exercise, old, mine):
        path.write_bytes(b"1")
    before = states([Path()], exercise)
    assert {path.name for path in before} == {"old.npz", "mine.npz"}
    with pytest.raises(CnnbpError, match="saved no answers"):
        saved_file(before, states([Path()], exercise), None)
    with pytest.raises(CnnbpError, match="is older than this run"):
        saved_file(before, states([Path()], exercise), old)
    with pytest.raises(CnnbpError, match="was not written"):
        saved_file(before, states([Path()], exercise), Path("none.npz"))
    os.utime(mine, ns=(1, 1))
    exercise.write_bytes(b"changed")
    assert saved_file(before, states([Path()], exercise), None) == mine
    assert saved_file(before, states([Path()], exercise), mine) == mine
    Path("a.npz").write_bytes(b"1")
    assert saved_file(before, states([Path()], exercise), None) == mine
    Path("b.json").write_bytes(b"1")
    mine.unlink()
    with pytest.raises(CnnbpError, match=r"saved several files: 'a\.npz', 'b\.json'"):
        saved_file(before, states([Path()], exercise), None)


@pytest.mark.parametrize("how", ["written", "replaced", "removed and created"])
def test_a_save_is_seen_however_the_editor_does_it(tmp_path: Path, how: str) -> None:
    path = tmp_path / "p.py"
    path.write_text("one")
    watch = FileWatch(path)
    program = {
        "written": "path.write_text('other')",
        "replaced": "new = path.with_suffix('.tmp'); new.write_text('two'); os.replace(new, path)",
        "removed and created": "path.unlink(); time.sleep(0.5); path.write_text('two')",
    }[how]
    code = f"import os, time, pathlib; time.sleep(0.5); path = pathlib.Path({str(path)!r}); {program}"
    with subprocess.Popen([sys.executable, "-c", code]):
        start = time.monotonic()
        watch.wait()
    assert time.monotonic() - start > 0.3
    assert path.read_text() in ("two", "other")
    assert state_of(path) is not None
