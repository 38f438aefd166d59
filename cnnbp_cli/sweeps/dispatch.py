"""Give tasks to workers, and send along what a worker turns out to lack."""

from __future__ import annotations

from collections import deque
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import replace
from pathlib import Path

from cnnbp_cli.parallel import TaskExecutor, WorkerDied
from cnnbp_cli.sweeps.images import PackedImages, read
from cnnbp_cli.sweeps.task import Outcome, RunTask, train_run

AHEAD = 2
"""Tasks per worker that are submitted: the one that it trains, and the next, so that it need not wait for us."""


class Dispatcher:
    """The tasks of a sweep, from here to the workers and back.

    Parameters
    ----------
    executor
        Runs them.
    """

    def __init__(self, executor: TaskExecutor) -> None:
        self._executor = executor
        self._waiting: deque[RunTask] = deque()
        self._futures: dict[Future[Outcome], RunTask] = {}
        self._send_files = False
        self._packed: dict[str, PackedImages] = {}

    def add(self, task: RunTask) -> None:
        """Train this as soon as a worker is free."""
        self._waiting.append(task)
        self._submit()

    @property
    def outstanding(self) -> int:
        """Tasks that have not come back."""
        return len(self._waiting) + len(self._futures)

    @property
    def has_room(self) -> bool:
        """Whether a further task would soon be trained."""
        return self.outstanding < AHEAD * self._executor.workers

    def finished(self, seconds: float) -> list[tuple[RunTask, Outcome]]:
        """The tasks that have come back; waits up to so long for the first.

        Raises
        ------
        CnnbpError
            The cluster is lost.
        """
        ended, _ = wait(self._futures, seconds, FIRST_COMPLETED)
        found = []
        for future in ended:
            task = self._futures.pop(future)
            try:
                outcome = future.result()
            except CancelledError:
                outcome = Outcome("stopped")
            except WorkerDied as error:
                outcome = Outcome("failed", problem=error.problem)
            if outcome.ending == "lacks images":
                self._waiting.appendleft(replace(task, sent_images=self._images(task)))
            elif outcome.ending == "lacks files":
                self._send_files = True
                self._waiting.appendleft(task)
            else:
                found.append((task, outcome))
        self._submit()
        return found

    def stop(self) -> None:
        """Let the running tasks save and stop; the others do not start. All of them still come back."""
        self._waiting.clear()
        self._executor.stop()

    def _submit(self) -> None:
        limit = AHEAD * self._executor.workers if self._waiting else 0
        while self._waiting and len(self._futures) < limit:
            task = self._waiting.popleft()
            if task.begun and self._send_files:
                task = replace(task, sent_files=task.attempts.latest_files(task.name))
            self._futures[self._executor.submit(train_run, task)] = replace(task, sent_images=None, sent_files=None)

    def _images(self, task: RunTask) -> PackedImages:
        wanted = task.images
        if wanted.identity not in self._packed:
            self._packed = {wanted.identity: PackedImages.of(read(Path(wanted.folder), wanted.shape))}
        return self._packed[wanted.identity]
