"""What is wrong with an option or argument, in the words of this program, whichever Typer found it."""

from __future__ import annotations

import re
from difflib import get_close_matches

_PLAIN = [
    (r"Input should be greater than or equal to (\S+)", r"the smallest value is \1"),
    (r"Input should be less than or equal to (\S+)", r"the largest value is \1"),
    (r"Input should be greater than (\S+)", r"must be greater than \1"),
    (r"Input should be less than (\S+)", r"must be less than \1"),
    (r"Input should be a valid integer, .*", "not a whole number"),
    (r"Input should be a valid number, .*", "not a number"),
    (r"Input should be a valid boolean, .*", "not true or false"),
    (r"(?:Value|Assertion) error, (.*)", r"\1"),
]
"""Newer Typers validate with pydantic, and pass on its words."""

_CHOICE = re.compile(r"'(?P<given>[^']*)' is not one of (?P<choices>'[^']*'(?:, '[^']*')*)\.?")


def plain(message: str) -> str:
    """A message of Typer without the phrases of pydantic, and with the choice that was probably meant."""
    for pattern, words in _PLAIN:
        message = re.sub(pattern, words, message)
    found = _CHOICE.search(message)
    near = get_close_matches(found["given"], re.findall(r"'([^']*)'", found["choices"]), n=1) if found else []
    return f"{message.rstrip('.')}. Did you mean '{near[0]}'?" if near else message
