"""A crew of threads makes every call once, and passes on what goes wrong."""

from __future__ import annotations

from functools import partial
from threading import Barrier, active_count, get_ident

import pytest
from threadpoolctl import threadpool_info

from cnnbp_cli.numerics.threads import Crew


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("calls", [0, 1, 2, 30])
def test_every_call_is_made_once(threads: int, calls: int) -> None:
    made: list[int] = []
    with Crew(threads) as crew:
        for _ in range(3):
            crew.run([partial(made.append, number) for number in range(calls)])
            assert sorted(made) == list(range(calls))
            made.clear()


def test_calls_run_at_the_same_time() -> None:
    meeting = Barrier(3, timeout=20)
    idents: set[int] = set()

    def meet() -> None:
        meeting.wait()
        idents.add(get_ident())

    with Crew(3) as crew:
        crew.run([meet] * 3)
    assert len(idents) == 3


def test_an_error_reaches_the_caller_after_the_other_calls() -> None:
    made: list[int] = []

    def fail() -> None:
        raise ZeroDivisionError

    with Crew(2) as crew:
        with pytest.raises(ZeroDivisionError):
            crew.run([fail, *(partial(made.append, number) for number in range(9))])
        assert sorted(made) == list(range(9))
        crew.run([partial(made.append, 9)] * 2)  # it still works
    assert len(made) == 11


def test_it_leaves_no_thread_and_the_threads_of_blas_as_they_were() -> None:
    def blas() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before, threads = blas(), active_count()
    with Crew(4) as crew:
        crew.run([lambda: None] * 8)
        assert set(blas()) == {1}
    assert (blas(), active_count()) == (before, threads)
