"""How many examples Hypothesis tries in a test."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

USUAL = 100
"""Hypothesis's own number of examples, for which a test's number is meant."""


def examples(count: int, **more: Any) -> settings:
    """Settings with so many examples, and proportionally more in a profile with more than the usual number."""
    return settings(max_examples=count * settings.default.max_examples // USUAL, **more)
