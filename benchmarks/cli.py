"""What the scripts share: their options, how they tell their progress and their result."""

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
    """How long and how often something is measured, and on how many threads.

    Attributes
    ----------
    pairs
        How often each side has its turn.
    seconds, warm_up
        How long a turn is measured, and how long it runs before that.
    smoke
        Only to see that it runs: the least of everything, figures of no use.
    """

    pairs: int = 5
    seconds: float = 2.0
    warm_up: float = 1.0
    threads: int = usable_cores()
    smoke: bool = False

    @classmethod
    def least(cls) -> Effort:
        """Only to see that it runs."""
        return cls(pairs=1, seconds=0.02, warm_up=0.02, smoke=True)

    def at_most(self, pairs: int, seconds: float) -> Effort:
        """For what is measured at many points."""
        return replace(self, pairs=min(self.pairs, pairs), seconds=min(self.seconds, seconds))


def say(*words: object) -> None:
    """Progress, on stderr."""
    print(*words, file=sys.stderr, flush=True)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A Markdown table, aligned so that it reads well in a terminal too; numbers stand at the right."""
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
    """A benchmark by its name: a module with `run(effort)`, which measures, and `tables(result)`, which shows it."""
    return import_module(f"benchmarks.{name}")


def record(run: Callable[..., Any], effort: Effort, **options: Any) -> dict[str, Any]:
    """What `run` measured, with what it was measured on."""
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
    """The options that every script has."""
    usual = Effort()
    options = ArgumentParser(prog=f"python -m benchmarks.{name}", description=doc)
    options.add_argument("--pairs", type=int, metavar="N", default=usual.pairs, help="turns of each side (%(default)s)")
    options.add_argument(
        "--seconds", type=float, metavar="S", default=usual.seconds, help="length of a turn (%(default)s)"
    )
    options.add_argument(
        "--threads", type=int, metavar="N", default=usual.threads, help="of each side (%(default)s, all cores)"
    )
    options.add_argument("--smoke", action="store_true", help="only see that it runs, in seconds")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the result to this file")
    return options


def effort_of(options: Namespace) -> Effort:
    """What the options ask for."""
    if options.smoke:
        return replace(Effort.least(), threads=options.threads)
    return Effort(pairs=options.pairs, seconds=options.seconds, threads=options.threads)


def write(path: Path, records: dict[str, Any]) -> None:
    """The records by the names of their benchmarks, as JSON."""
    path.write_text(json.dumps(records, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def main(name: str, add_options: Callable[[ArgumentParser], None] | None = None) -> None:
    """A script: measures, prints the tables, writes the JSON."""
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
