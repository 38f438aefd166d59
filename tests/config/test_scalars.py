"""Unquoted scalars mean what YAML 1.2 says."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.config.scalars import MAX_NUMBER, read_plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-3", -3),
        ("+5", 5),
        ("0", 0),
        ("1e-3", 0.001),
        ("1E5", 100000.0),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-1.5E-2", -0.015),
        ("0.10", 0.1),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_core_schema(text: str, value: object) -> None:
    read = read_plain(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        *["yes", "no", "on", "off", "Yes", "NO", "y", "n", "none", "None", "tRUE", "<<", "=", ".", "-"],
        *["1:30", "190:20:30", "2024-01-31", "1_000", "0x1F", "0b1", "1e", "e5", "1.2.3", "١٢"],
    ],
)
def test_what_yaml_1_1_would_have_converted_is_text(text: str) -> None:
    assert read_plain(text) == text


@pytest.mark.parametrize("text", [".nan", ".NaN", ".inf", "-.inf", "+.INF", "1e999", "-1e999"])
def test_numbers_are_finite(text: str) -> None:
    with pytest.raises(ValueError, match=r"finite|too large"):
        read_plain(text)


@pytest.mark.parametrize("text", ["010", "-07", "00", "0000123"])
def test_a_leading_zero_is_neither_octal_nor_decimal(text: str) -> None:
    with pytest.raises(ValueError, match=f"{text} has a leading zero; write {int(text)}"):
        read_plain(text)


@pytest.mark.parametrize("text", ["9" * 5000, "-" + "9" * 5000, "0." + "1" * 5000, "0" * 5000])
def test_five_thousand_digits_are_a_mistake_and_no_crash(text: str) -> None:
    with pytest.raises(ValueError, match=f"the number has {len(text):,} characters; the limit is {MAX_NUMBER}"):
        read_plain(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_reads_back(number: float) -> None:
    assert read_plain(repr(number)) == number


@given(st.text(alphabet="0123456789+-.eE_:x", max_size=50))
def test_whatever_looks_like_a_number_is_read_or_refused(text: str) -> None:
    try:
        value = read_plain(text)
    except ValueError:
        return
    assert value is None or isinstance(value, int | str) or math.isfinite(value)
