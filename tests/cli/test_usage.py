"""Wrong values of options are reported in plain words, whichever Typer found them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cnnbp_cli.commands.usage import plain

PYDANTIC = ("Input should", "Value error", "Assertion", "unable to parse", "pydantic")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["evaluate", "--split", "valdation"], "'valdation' is not one of"),
        (["evaluate", "--split", "valdation"], "Did you mean 'validation'?"),
        (["evaluate", "--threads", "0"], "--threads"),
        (["evaluate", "--threads", "1.5"], "--threads"),
        (["evaluate", "--threads", "1000"], "--threads"),
        (["train", "--epochs", "none"], "--epochs"),
        (["predict", "--index", "-1"], "--index"),
    ],
)
def test_no_phrase_of_a_library_is_shown(here: Callable, arguments: list[str], said: str) -> None:
    code, out, err = here(*arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert not any(phrase in err for phrase in PYDANTIC)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (
            "Invalid value for '-n': Input should be greater than or equal to 1",
            "Invalid value for '-n': the smallest value is 1",
        ),
        ("Input should be less than or equal to 256", "the largest value is 256"),
        ("Input should be a valid integer, unable to parse string as an integer", "not a whole number"),
        ("Value error, 'x' is not one of 'a', 'b'.", "'x' is not one of 'a', 'b'."),
        ("'tset' is not one of 'test', 'train'.", "'tset' is not one of 'test', 'train'. Did you mean 'test'?"),
        ("No such option: --foo", "No such option: --foo"),
    ],
)
def test_messages(message: str, shown: str) -> None:
    assert plain(message) == shown
