"""A sweep: hands its runs to workers, collects their folders and results, and evaluates the chosen point at the end."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from time import monotonic

from cnnbp_cli.config import Config, ConfigError
from cnnbp_cli.errors import CnnbpError, ExitCode
from cnnbp_cli.files import durable
from cnnbp_cli.files.text import command_line, printable
from cnnbp_cli.numerics.arrays import Shape
from cnnbp_cli.parallel import TaskExecutor
from cnnbp_cli.sweeps.dispatch import Dispatcher
from cnnbp_cli.sweeps.events import ChoiceMade, RunEnded, SweepDone, SweepEvent, SweepStarted
from cnnbp_cli.sweeps.folder import SweepFolder
from cnnbp_cli.sweeps.images import ImagesWanted, identity, read
from cnnbp_cli.sweeps.methods import Job, Method, method_of
from cnnbp_cli.sweeps.points import Point
from cnnbp_cli.sweeps.results import PointResult, RunResult, ranked
from cnnbp_cli.sweeps.table import to_csv
from cnnbp_cli.sweeps.task import Outcome, RunTask
from cnnbp_cli.training.metrics import EpochMetrics, rank, stopped_early
from cnnbp_cli.training.runs import Run
from cnnbp_cli.training.summary import Summary, read_summary

PAUSE = 0.2
"""Seconds between two looks at `should_stop` while all workers train."""

SAVE_SECONDS = 2.0
"""Between two writes of results.csv while runs end. It only repeats what the run folders hold."""


class SweepInterrupted(CnnbpError):
    """The sweep was asked to stop; every run is saved."""

    exit_code = ExitCode.INTERRUPTED


@dataclass(eq=False)
class _Doing:
    """A job, and its result and those of its runs that are not back yet."""

    job: Job
    result: PointResult
    left: int = 0


@dataclass(eq=False)
class Sweep:
    """A sweep in its folder.

    Attributes
    ----------
    folder
        The folder, new or begun.
    find_images
        Finds the folder of the data set of a config.
    options
        What the command line that continues the sweep needs beside the folder, such as where the images are.
    results
        One per point.
    """

    folder: SweepFolder
    find_images: Callable[[Config], Path]
    options: Sequence[str] = ()
    results: list[PointResult] = field(init=False)

    def __post_init__(self) -> None:
        plan = self.folder.plan
        unfinished = self.folder.attempts.unfinished
        self._begun = {path.name.rpartition(".")[0] for path in unfinished.iterdir()} if unfinished.is_dir() else set()
        self.results = [
            PointResult(point, [self._known(RunResult(name), point) for name in plan.runs(point)])
            for point in plan.points
        ]
        self._runs = {str(run.name): run for one in self.results for run in one.runs}
        self._method: Method = method_of(plan)
        self._doing: dict[str, _Doing] = {}
        self._identities: dict[tuple[Path, Shape], str] = {}
        self._written = monotonic()

    @property
    def ranking(self) -> list[PointResult]:
        """The points that can be compared so far, best first."""
        return ranked(self.results)

    def run(
        self, executor: TaskExecutor, should_stop: Callable[[], bool] = lambda: False
    ) -> Generator[SweepEvent, None, None]:
        """Train what is left, then evaluate the chosen point on the test images.

        Raises
        ------
        SweepInterrupted
            `should_stop` returned True, and the runs that were being trained have saved and stopped.
        CnnbpError
            The folder cannot be written, or the cluster is lost. What was trained is saved.
        """
        began = monotonic()
        reached = {one.point.number: max(map(self._reached, one.runs)) for one in self.results}
        self._method.restore({number: epochs for number, epochs in reached.items() if epochs})
        left = sum(not run.complete and not run.lasting for run in self._runs.values())
        yield SweepStarted(
            self.folder.folder,
            len(self.results),
            len(self.folder.plan.seeds),
            len(self._runs) - left,
            left,
            executor.name,
        )
        dispatcher = Dispatcher(executor)
        yield from self._train(dispatcher, should_stop, self._hand_out)
        if best := next(iter(self.ranking), None):
            yield ChoiceMade(best.point.number)
            self._evaluate(dispatcher, best)
            yield from self._train(dispatcher, should_stop, lambda dispatcher: None)
        yield SweepDone(self.folder.folder, monotonic() - began)

    def _train(
        self, dispatcher: Dispatcher, should_stop: Callable[[], bool], hand_out: Callable[[Dispatcher], None]
    ) -> Iterator[RunEnded]:
        began, count = monotonic(), 0
        stopping = False
        while True:
            if not stopping:
                hand_out(dispatcher)
            if not dispatcher.outstanding:
                break
            for task, outcome in self._finished(dispatcher):
                run = self._take(task, outcome)
                if run.state != "stopped":
                    count += 1
                    left = self._method.left * len(self.folder.plan.seeds) + dispatcher.outstanding
                    spent = (monotonic() - began) / count
                    if monotonic() >= self._written + SAVE_SECONDS:
                        self.write_results()
                    yield RunEnded(run, task.until is None, left, dispatcher.outstanding, left * spent)
            if not stopping and should_stop():
                stopping = True
                dispatcher.stop()
        self.write_results()
        if stopping:
            raise self._ended("stopped; all runs are saved", SweepInterrupted)

    def _finished(self, dispatcher: Dispatcher) -> list[tuple[RunTask, Outcome]]:
        try:
            return dispatcher.finished(PAUSE)
        except CnnbpError as error:  # the cluster is lost
            raise self._ended(error.problem, CnnbpError) from error

    def write_results(self) -> None:
        """Write results.csv."""
        durable.write(self.folder.results, to_csv(self.results))
        self._written = monotonic()

    def _hand_out(self, dispatcher: Dispatcher) -> None:
        """Take jobs from the method as long as workers are free."""
        while dispatcher.has_room and (job := self._method.next(idle=not self._doing)):
            result = self.results[job.point.number - 1]
            doing = _Doing(job, result)
            for run in result.runs:
                if not run.lasting and (task := self._task(run, job)):
                    doing.left += 1
                    self._doing[task.name] = doing
                    run.state, run.problem = "running", None
                    dispatcher.add(task)
            if not doing.left:
                self._report(doing)

    def _task(self, run: RunResult, job: Job) -> RunTask | None:
        """What is left to train of a run; None if nothing, or if its config is invalid."""
        try:
            config = self.folder.plan.config(job.point, run.name.seed)
        except ConfigError as error:
            run.state, run.problem, run.lasting = "failed", " ".join(error.problem.split()), True
            return None
        until = job.until or config.train.epochs
        run.complete = _complete(config, run.rows)
        if run.complete or len(run.rows) >= until:
            run.state = "done"
            return None
        try:
            return self._wanted(run, config, until)
        except CnnbpError as error:  # images that are missing, or that do not fit this point
            run.state, run.problem = "failed", " ".join(error.problem.split())
            return None

    def _wanted(self, run: RunResult, config: Config, until: int | None) -> RunTask:
        folder = self.find_images(config).absolute()
        wanted = folder, config.input
        if wanted not in self._identities:
            self._identities[wanted] = identity(read(*wanted))
        name = str(run.name)
        return RunTask(
            name,
            config,
            self.folder.attempts,
            until,
            ImagesWanted(str(folder), self._identities[wanted], config.input),
            begun=bool(run.rows) or name in self._begun,
        )

    def _evaluate(self, dispatcher: Dispatcher, best: PointResult) -> None:
        """Evaluate the chosen point on the test images: each of its runs, once."""
        for run in best.runs:
            if run.test_accuracy is None:
                run.state = "running"
                dispatcher.add(self._wanted(run, self.folder.plan.config(best.point, run.name.seed), None))

    def _take(self, task: RunTask, outcome: Outcome) -> RunResult:
        """Keep what a task brought back."""
        run = self._runs[task.name]
        if outcome.ending == "unwritable":
            raise self._ended(outcome.problem or "cannot be written", CnnbpError)
        attempts = self.folder.attempts
        attempt = attempts.put(task.name, outcome.files) if outcome.files else outcome.attempt
        if attempt and outcome.ending in ("trained", "diverged"):
            attempts.adopt(task.name, attempt)
            self._begun.discard(task.name)
            run.rows = outcome.rows
        elif attempt:
            self._begun.add(task.name)
        run.problem, run.lasting = outcome.problem, outcome.ending == "diverged"
        run.complete = outcome.ending == "trained" and _complete(task.config, run.rows)
        run.test_loss, run.test_accuracy = outcome.test_loss, outcome.test_accuracy
        if outcome.ending == "trained":
            run.state = "done"
        elif outcome.ending == "stopped":
            run.state = "stopped" if run.rows or task.name in self._begun else "waiting"
        else:
            run.state = "failed"
        if doing := self._doing.pop(task.name, None):
            doing.left -= 1
            if not doing.left:
                self._report(doing)
        return run

    def _report(self, doing: _Doing) -> None:
        """Tell the method how good the point is after the epochs of the job."""
        runs = doing.result.runs
        scores = [rank(min(run.rows[: doing.job.until], key=rank)) for run in runs if run.rows and run.state == "done"]
        mean = tuple(map(fmean, zip(*scores, strict=True)))
        self._method.report(doing.job, (mean[0], mean[1]) if len(scores) == len(runs) else None)

    def _known(self, run: RunResult, point: Point) -> RunResult:
        """The run as an earlier session has left it."""
        name = str(run.name)
        run.rows = self.folder.rows(name)
        run.problem = self.folder.attempts.problem(name)
        run.lasting = run.problem is not None
        if run.lasting:
            run.state = "failed"
        elif run.rows:
            run.complete = _complete(self.folder.plan.config(point, run.name.seed), run.rows)
            run.state = "done" if run.complete else "stopped"
            if summary := read_summary(Run(self.folder.attempts.run(name)), Summary):
                run.test_loss, run.test_accuracy = summary.test_loss, summary.test_accuracy
        elif name in self._begun:
            run.state = "stopped"
        return run

    def _reached(self, run: RunResult) -> int:
        """The epoch that a run has finished, or is in."""
        return len(run.rows) + (str(run.name) in self._begun)

    def _ended(self, problem: str, kind: type[CnnbpError]) -> CnnbpError:
        folder = str(self.folder.folder)
        again = command_line(["cnnbp", "sweep", "--resume", folder, *self.options])
        return kind(problem, where=printable(folder), hint=f"To continue: {again}")


def _complete(config: Config, rows: Sequence[EpochMetrics]) -> bool:
    """Whether a training with these epochs is at its end."""
    return len(rows) >= config.train.epochs or stopped_early(config.train.early_stopping, rows)
