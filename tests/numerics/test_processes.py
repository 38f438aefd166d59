"""Helper processes: messages arrive whole, memory is shared, and no helper outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.numerics.processes import Channel, Helper, HelperLost, can_fork, share_out, shared_zeros
from tests.support.children import children

pytestmark = pytest.mark.skipif(not can_fork(), reason="helpers are forked on Linux only")


@contextmanager
def helper(serve: Callable[[Channel], None]) -> Iterator[Helper]:
    made = Helper(serve)
    try:
        yield made
    finally:
        made.close()


def echo(channel: Channel) -> None:
    while True:
        channel.send(channel.receive())


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
def test_messages_of_any_size_arrive_whole(size: int) -> None:
    message = {"bytes": np.random.default_rng(0).bytes(size), "array": np.arange(7.0)}
    with helper(echo) as made:
        for _ in range(3):
            made.channel.send(message)
            answer = made.channel.receive()
            assert answer["bytes"] == message["bytes"]
            np.testing.assert_array_equal(answer["array"], message["array"])


def test_a_message_that_comes_late_is_waited_for() -> None:
    def slow(channel: Channel) -> None:
        time.sleep(0.1)
        channel.send("late")

    with helper(slow) as made:
        assert made.channel.receive() == "late"


def test_both_processes_see_what_either_writes() -> None:
    shared = shared_zeros((2, 3), np.float32)

    def double(channel: Channel) -> None:
        while channel.receive():
            shared[1] = 2 * shared[0]
            channel.send(None)

    with helper(double) as made:
        for value in (1.5, -4.0):
            shared[0] = value
            made.channel.send("go")
            made.channel.receive()
            assert (shared[1] == 2 * value).all()


def test_a_helper_that_fails_or_is_killed_is_noticed() -> None:
    def fail(channel: Channel) -> None:
        channel.receive()
        raise ZeroDivisionError

    def killed(channel: Channel) -> None:
        channel.receive()
        os.kill(os.getpid(), signal.SIGKILL)

    for serve in (fail, killed):
        with helper(serve) as made:
            made.channel.send(None)
            with pytest.raises(HelperLost):
                made.channel.receive()


def test_a_helper_ignores_signals_to_the_group_and_has_none_of_the_open_files(tmp_path: Path) -> None:
    with (tmp_path / "open").open("wb") as file:
        descriptor = file.fileno()

        def look(channel: Channel) -> None:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                os.kill(os.getpid(), number)
            try:
                os.fstat(descriptor)
            except OSError:
                channel.send("closed")

        with helper(look) as made:
            assert made.channel.receive() == "closed"


def test_no_helper_is_left_after_it_was_closed() -> None:
    before = children()
    with helper(echo):
        assert len(children()) == len(before) + 1
    assert children() == before


PARENT = """
import os, time
from cnnbp_cli.numerics.processes import Helper

def serve(channel):
    channel.send(os.getpid())
    channel.receive()

helpers = [Helper(serve) for _ in range(3)]
print(*(helper.channel.receive() for helper in helpers), flush=True)
time.sleep(60)
"""


def test_helpers_exit_when_their_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        helpers = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(helpers) == 3
    until = time.monotonic() + 20
    while any(running(pid) for pid in helpers):
        assert time.monotonic() < until
        time.sleep(0.01)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("processes", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_shared_out_calls_are_all_made(processes: int, count: int) -> None:
    squares = shared_zeros(count, np.int64)
    makers = shared_zeros(count, np.int64)

    def square(number: int) -> None:
        time.sleep(0.002)
        squares[number], makers[number] = number**2, os.getpid()

    share_out(square, count, processes)
    assert squares.tolist() == [number**2 for number in range(count)]
    if count == 40:
        assert min(processes, 2) <= len(set(makers.tolist())) <= processes  # on a busy machine, some may come too late


def test_calls_of_a_lost_helper_are_made_by_the_parent() -> None:
    parent, results = os.getpid(), shared_zeros(20, np.int64)

    def die_in_a_helper(number: int) -> None:
        time.sleep(0.002)
        if number == 12 and os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        results[number] = number + 1

    share_out(die_in_a_helper, 20, 2)
    assert results.tolist() == list(range(1, 21))


def test_what_a_shared_out_call_raises_reaches_the_caller() -> None:
    def fail(number: int) -> None:
        if number == 15:
            raise ZeroDivisionError
        time.sleep(0.002)

    with pytest.raises(ZeroDivisionError):
        share_out(fail, 20, 3)
