"""Helper processes: forked copies of this one, which compute at the same time and share some of its memory.

Only one Python thread at a time can run the code between two NumPy calls. If a step consists of a hundred calls of
20 µs, two threads spend much of it waiting for each other; processes do not. Passes over one block of images, alone,
and two blocks at the same time (AMD EPYC, two cores, 2026-11-25; `benchmarks/cores.py`):

    network                  one block   two threads   two processes
    seed.yaml, 32 images       0.23 ms       0.69 ms         0.22 ms
    lenet5.yaml, 32 images     1.33 ms       1.86 ms         1.33 ms
    fast99.yaml, 64 images     1.74 ms       2.79 ms         1.77 ms
    wide.yaml, 32 images       4.34 ms       5.28 ms         4.78 ms
"""

from __future__ import annotations

import gc
import mmap
import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from math import prod
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from cnnbp_cli.numerics.arrays import Array, Shape

SPIN_SECONDS = 200e-6
"""How long a process keeps asking for a message before it sleeps until one arrives. Waking up takes 15 µs, more in a
virtual machine, which is long compared with a small step; other programs lose at most this time per message."""

CHUNK = 65_536
"""Bytes read at once: what a pipe holds."""


def can_fork() -> bool:
    """Whether a copy of this process can compute. Apple's libraries do not allow it, and Windows has no fork."""
    return sys.platform == "linux"


def shared_zeros(shape: int | Shape, dtype: Any) -> Array:
    """Zeros in memory that this process shares with its future copies."""
    sides = (shape,) if isinstance(shape, int) else shape
    size = prod(sides) * np.dtype(dtype).itemsize
    return np.frombuffer(mmap.mmap(-1, max(1, size)), dtype, prod(sides)).reshape(sides)


class HelperLost(Exception):
    """The process at the other end of a channel has exited."""


class Channel:
    """Messages between two processes, in both directions, through two pipes.

    Parameters
    ----------
    incoming, outgoing
        The ends of the pipes, which this object closes.
    """

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._read = b""
        os.set_blocking(incoming, False)

    def send(self, message: Any) -> None:
        """Send a message, pickled. HelperLost if the other process has exited."""
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        left = memoryview(len(data).to_bytes(8, "little") + data)
        try:
            while left:
                left = left[os.write(self._outgoing, left) :]
        except BrokenPipeError:
            raise HelperLost from None

    def receive(self) -> Any:
        """Wait for the next message. HelperLost if the other process has exited."""
        while len(self._read) < 8 or len(self._read) < 8 + int.from_bytes(self._read[:8], "little"):
            self._read += self._next_bytes()
        end = 8 + int.from_bytes(self._read[:8], "little")
        data, self._read = self._read[8:end], self._read[end:]
        return pickle.loads(data)  # written by a copy of this process

    def close(self) -> None:
        os.close(self._incoming)
        os.close(self._outgoing)

    def _next_bytes(self) -> bytes:
        import select  # on Windows it has no `poll`, and there is no channel

        until = perf_counter() + SPIN_SECONDS
        while True:
            try:
                data = os.read(self._incoming, CHUNK)
            except BlockingIOError:
                if perf_counter() < until:
                    os.sched_yield()
                    continue
                waiting = select.poll()
                waiting.register(self._incoming, select.POLLIN)
                waiting.poll()
            else:
                if not data:
                    raise HelperLost
                return data


class Helper:
    """A copy of this process that calls `serve` with its end of a channel, and exits when `serve` returns or fails.

    It also exits if this process has closed its end of the channel, or has exited, when `serve` next uses the channel.
    It closes the files that were open, and ignores the signals that a terminal or a supervisor sends to both.

    Raises OSError if the system allows no more processes.

    Attributes
    ----------
    channel
        This process's end.
    """

    def __init__(self, serve: Callable[[Channel], None]) -> None:
        its_incoming, outgoing = os.pipe()
        incoming, its_outgoing = os.pipe()
        with warnings.catch_warnings():
            # Python warns about other threads: they may hold locks that are never released in the copy. `serve` takes
            # none of those; it only computes with NumPy and BLAS, which no other thread uses when a training starts.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process = os.fork()
        if not self._process:
            _be_helper(serve, its_incoming, its_outgoing)
        os.close(its_incoming)
        os.close(its_outgoing)
        self.channel = Channel(incoming, outgoing)

    def close(self) -> None:
        """Let the helper end, and wait until it has."""
        self.channel.close()
        with suppress(ChildProcessError):  # raised if the program around this one ignores SIGCHLD
            os.waitpid(self._process, 0)


def share_out(call: Callable[[int], None], count: int, processes: int) -> None:
    """Make `call(number)` for each number below `count`, in this process and in helpers that exist for this only.

    The calls leave their results in shared memory (`shared_zeros`). Two processes may make the same call, so its result
    must depend on the number alone. Raises what a call raises.
    """
    claimed, done = shared_zeros(count, bool), shared_zeros(count, bool)

    def work(first: int) -> None:
        """From `first` on, what nobody has claimed: a busy core leaves more to the others."""
        for number in (*range(first, count), *range(first)):
            if not claimed[number]:
                claimed[number] = True
                call(number)
                done[number] = True

    def serve(first: int, channel: Channel) -> None:
        work(first)
        channel.send(None)

    with ExitStack() as helpers:
        waiting = []
        with suppress(OSError):
            for number in range(1, processes):
                helper = Helper(partial(serve, number * count // processes))
                helpers.callback(helper.close)
                waiting.append(helper)
        work(0)
        for helper in waiting:
            with suppress(HelperLost):
                helper.channel.receive()
    for left in np.flatnonzero(~done).tolist():  # claimed by a helper that is lost
        call(left)


def _be_helper(serve: Callable[[Channel], None], incoming: int, outgoing: int) -> None:
    """The life of the copy. Never returns, and runs no exit handlers, which are the parent's."""
    try:
        gc.disable()  # finalizers of the parent's objects would, for example, remove its temporary files
        for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
            signal.signal(ignored, signal.SIG_IGN)
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(nothing, standard)
        for descriptor in [int(link.name) for link in Path("/proc/self/fd").iterdir()]:
            if descriptor > 2 and descriptor not in (incoming, outgoing):
                with suppress(OSError):  # the one of the listing is closed already
                    os.close(descriptor)
        serve(Channel(incoming, outgoing))
    finally:
        os._exit(0)
