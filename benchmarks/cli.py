"""The scripts' common options, progress messages, tables and result files."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any

from benchmarks.machine import describe, load_average
from cnnbp_cli.numerics.threads import usable_cores


@dataclass(frozen=True)
class Effort:
    """How long and how often to measure, and on how many threads.

    Attributes
    ----------
    pairs
        How many times each side is measured.
    seconds, warm_up
        The length of a measurement, and how long it runs before that.
    smoke
        Only check that it runs, with minimal work; the numbers are meaningless.
    """

    pairs: int = 5
    seconds: float = 2.0
    warm_up: float = 1.0
    threads: int = usable_cores()
    smoke: bool = False

    @classmethod
    def minimal(cls) -> Effort:
        """Just enough to check that a benchmark runs."""
        return cls(pairs=1, seconds=0.02, warm_up=0.02, smoke=True)

    def at_most(self, pairs: int, seconds: float) -> Effort:
        """The same with upper limits, for benchmarks that measure many points."""
        return replace(self, pairs=min(self.pairs, pairs), seconds=min(self.seconds, seconds))


def say(*words: object) -> None:
    """Print progress to stderr."""
    print(*words, file=sys.stderr, flush=True)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A Markdown table, also readable in a terminal; columns of numbers are right-aligned."""
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    right = [bool(rows) and all(row[i][:1].isdigit() or row[i] == "–" for row in rows) for i in range(len(titles))]
    yield _line(titles, widths, right)
    yield (
        "|"
        + "|".join(f" {'-' * (width - 1)}{':' if r else '-'} " for width, r in zip(widths, right, strict=True))
        + "|"
    )
    for row in rows:
        yield _line(row, widths, right)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(cells, widths, right, strict=True)]
    return "| " + " | ".join(padded) + " |"


def load(name: str) -> ModuleType:
    """The module of a benchmark: `run(effort)` measures, `tables(result)` formats the result."""
    return import_module(f"benchmarks.{name}")


def record(run: Callable[..., Any], effort: Effort, **options: Any) -> dict[str, Any]:
    """The result of `run`, and the machine it was measured on."""
    before, began = load_average(), perf_counter()
    result = run(effort, **options)
    return {
        "result": result,
        "effort": asdict(effort),
        "machine": describe(),
        "load_average": {"before": before, "after": load_average()},
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "took_seconds": round(perf_counter() - began, 1),
    }


def parser(doc: str | None, name: str) -> ArgumentParser:
    """The options that all scripts share."""
    usual = Effort()
    options = ArgumentParser(prog=f"python -m benchmarks.{name}", description=doc)
    options.add_argument(
        "--pairs", type=int, metavar="N", default=usual.pairs, help="measurements per side (%(default)s)"
    )
    options.add_argument(
        "--seconds", type=float, metavar="S", default=usual.seconds, help="length of a measurement (%(default)s)"
    )
    options.add_argument(
        "--threads", type=int, metavar="N", default=usual.threads, help="threads per side (%(default)s, all cores)"
    )
    options.add_argument("--smoke", action="store_true", help="only check that it runs, in seconds")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the result to this file")
    return options


def effort_of(options: Namespace) -> Effort:
    """The effort that the options set."""
    if options.smoke:
        return replace(Effort.minimal(), threads=options.threads)
    return Effort(pairs=options.pairs, seconds=options.seconds, threads=options.threads)


def write(path: Path, records: dict[str, Any]) -> None:
    """Write the records, by name of benchmark, as JSON."""
    path.write_text(json.dumps(records, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def main(name: str, add_options: Callable[[ArgumentParser], None] | None = None) -> None:
    """Run a benchmark as a script: measure, print the tables, write the JSON."""
    module = load(name)
    arguments = parser(module.__doc__, name)
    if add_options:
        add_options(arguments)
    options = arguments.parse_args()
    own = {
        key: value
        for key, value in vars(options).items()
        if key not in ("pairs", "seconds", "threads", "smoke", "json")
    }
    made = record(module.run, effort_of(options), **own)
    print("\n\n".join(module.tables(made["result"])))
    if options.json:
        write(options.json, {name: made})
