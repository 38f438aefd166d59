"""Runs every benchmark in full, one after the other: about 40 minutes on an otherwise idle machine."""

from __future__ import annotations

from argparse import ArgumentParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.cli import Effort, load, record, say, write

NAMES = (
    "startup",
    "diagnosis",
    "tiles",
    "fusing",
    "augmentation",
    "grading",
    "profiles",
    "roofline",
    "cores",
    "busy",
    "vs_pytorch",
    "one_core",
    "evaluation",
    "accuracy",
    "sweeps",
)

AGAINST_PYTORCH = {"vs_pytorch", "one_core", "evaluation", "accuracy", "sweeps", "busy"}


def run_all(names: tuple[str, ...], effort: Effort, out: Path) -> None:
    """Runs the benchmarks, and writes `out` after each, so that an interruption loses no results."""
    records: dict[str, Any] = {}
    for number, name in enumerate(names, 1):
        say(f"[{number}/{len(names)}] {name}")
        records[name] = record(load(name).run, effort)
        say(f"[{number}/{len(names)}] {name} took {records[name]['took_seconds']:.0f} s")
        write(out, records)


def main() -> None:
    """Parse the command line and run."""
    parser = ArgumentParser(prog="python -m benchmarks.all", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="write the results to FILE, as JSON")
    parser.add_argument("--only", nargs="*", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="fewer and shorter measurements: 3 of one second each")
    parser.add_argument("--smoke", action="store_true", help="only check that they run")
    options = parser.parse_args()
    if AGAINST_PYTORCH & set(options.only) and not find_spec("torch"):
        raise SystemExit("PyTorch is not installed: pip install -e '.[bench]'")
    full = Effort(pairs=3, seconds=1.0, warm_up=0.5) if options.quick else Effort()
    run_all(tuple(options.only), Effort.minimal() if options.smoke else full, options.out)


if __name__ == "__main__":
    main()
