"""Commands that do the same for many students: with a progress bar, and in many processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnbp_cli.errors import CnnbpError
    from cnnbp_cli.grading.many import A, R
    from cnnbp_cli.show.console import Consoles


def each_with_progress(
    call: Callable[[A], R],
    arguments: Sequence[A],
    consoles: Consoles,
    noun: str,
    workers: int | None = None,
    scheduler: str | None = None,
) -> list[R | CnnbpError]:
    """The results in order; this process computes them if there are few, and no workers were asked for.

    Parameters
    ----------
    call, arguments
        What is done, and for whom.
    consoles
        The progress goes to stderr.
    noun
        What the progress bar counts.
    workers, scheduler
        As given on the command line.
    """
    from cnnbp_cli.grading.many import FEW, each
    from cnnbp_cli.numerics.threads import limit_threads
    from cnnbp_cli.parallel import open_executor
    from cnnbp_cli.show.grade.progress import progress_bar

    with ExitStack() as stack:
        advance = stack.enter_context(progress_bar(consoles.err, noun))
        if workers is None and scheduler is None and len(arguments) <= FEW:
            limit_threads(1)  # the matrices are too small for more
            return each(call, arguments, progress=advance)
        note = partial(consoles.err.print, soft_wrap=True)
        executor = stack.enter_context(open_executor(workers, scheduler, note))
        try:
            return each(call, arguments, executor, advance)
        except BaseException:  # Ctrl-C: what has not started is dropped
            executor.shutdown(wait=False, cancel_futures=True)
            raise
