"""Fuzzes the readers for a bounded time: `python -m tests.fuzz [READER …] [--seconds N] [--finds DIR]`.

Needs the extra `fuzz`. Prints how many files each reader was tried on, how much of the code they reached, and what was
found; the exit code is 1 where something was. A find is kept in DIR, and `python -m tests.fuzz.harness READER FILE`
shows its traceback again.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIMITS = ("-max_len=65536", "-timeout=20", "-rss_limit_mb=1024", "-malloc_limit_mb=200")


def fuzz(name: str, seconds: int, finds: Path, seeds: Path) -> tuple[int, str]:
    """The exit code of the harness, and what it said."""
    finds.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.harness", name, str(seeds), f"-max_total_time={seconds}", *LIMITS]
    command += ["-print_final_stats=1", f"-artifact_prefix={finds}/{name}-"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    return done.returncode, done.stderr + done.stdout


def figures(said: str) -> dict[str, str]:
    """Of a run: executions, executions a second, edges reached, inputs kept, peak memory in MB."""
    stats = dict(re.findall(r"stat::(\w+): +(\d+)", said))
    edges = re.findall(r"cov: (\d+)", said)
    return {
        "executions": stats.get("number_of_executed_units", "0"),
        "a second": stats.get("average_exec_per_sec", "0"),
        "edges": edges[-1] if edges else "0",
        "kept": stats.get("new_units_added", "0"),
        "peak MB": stats.get("peak_rss_mb", "0"),
    }


def main() -> int:
    from tests.fuzz.readers import ALL, READERS

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the readers of files.")
    parser.add_argument(
        "readers", nargs="*", metavar="READER", help=f"of {', '.join(READERS)}, each in turn, or {ALL} at once"
    )
    parser.add_argument("--seconds", type=int, default=60, help="for each reader (60)")
    parser.add_argument("--finds", type=Path, default=Path("fuzz-finds"), help="where finds are kept (fuzz-finds)")
    options = parser.parse_args()
    if unknown := set(options.readers) - {ALL, *READERS}:
        parser.error(f"no reader {', '.join(sorted(unknown))}")
    failed = False
    print(f"{'reader':<11}{'executions':>12}{'a second':>10}{'edges':>7}{'kept':>7}{'peak MB':>9}  find", flush=True)
    for name in options.readers or READERS:
        with tempfile.TemporaryDirectory(prefix="corpus-") as folder:
            seeds = [seed for reader in READERS if name in (reader, ALL) for seed in READERS[reader].seeds()]
            for number, seed in enumerate(seeds):
                Path(folder, str(number)).write_bytes(seed)
            code, said = fuzz(name, options.seconds, options.finds.absolute(), Path(folder))
        numbers = figures(said)
        found = "" if not code else (re.findall(r"Test unit written to (\S+)", said) or ["none: it did not run"])[-1]
        print(
            f"{name:<11}{''.join(f'{n:>{w}}' for n, w in zip(numbers.values(), (12, 10, 7, 7, 9), strict=True))}"
            f"  {found}",
            flush=True,
        )
        if code:
            failed = True
            print(said[-3000:], file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
