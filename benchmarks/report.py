"""Writes the results of `benchmarks.all` into docs/performance.md, between the markers of each benchmark.

Tables of benchmarks that are not in the file stay unchanged. The plot of the sweeps is written to
docs/images/sweeps.svg. The table of targets is written only if the file contains all benchmarks it needs.
"""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from benchmarks import targets
from benchmarks.cli import load
from benchmarks.plot import draw
from benchmarks.sweeps import TITLES

DOCS = Path(__file__).parents[1] / "docs"

PLOT = "![Training speed against batch size, image size, number of maps, and threads](images/sweeps.svg)"


def insert(page: str, name: str, text: str) -> str:
    """The page with `text` between `<!-- NAME -->` and `<!-- /NAME -->`, each on a separate line."""
    marked = re.compile(rf"(?<=^<!-- {name} -->\n).*?(?=^<!-- /{name} -->$)", re.DOTALL | re.MULTILINE)
    found, count = marked.subn(lambda _: f"\n{text}\n\n", page)
    if count != 1:
        raise SystemExit(f"the page needs <!-- {name} --> and <!-- /{name} --> once, each on a line of its own")
    return found


def written(name: str, made: dict[str, Any]) -> str:
    """The tables of one record, with the date and the machine of the measurement."""
    machine, load_average = made["machine"], made["load_average"]
    facts = [
        f"{made['when'][:10]}",
        " with ".join(filter(None, (machine["processor"], machine.get("instructions")))),
        f"{machine['cores']} cores",
        f"Python {machine['python']}",
        f"NumPy {machine['numpy']}",
        ", ".join([*machine["blas"], *(f"{name}={value}" for name, value in machine.get("environment", {}).items())]),
        f"cnnbp {machine['cnnbp']}",
    ]
    if machine["torch"]:
        facts.append(f"PyTorch {machine['torch']}")
    if load_average["before"] is not None:
        facts.append(f"load {load_average['before']:.2f} before and {load_average['after']:.2f} after")
    plot = [PLOT] if name == "sweeps" else []
    return "\n\n".join([*plot, *load(name).tables(made["result"]), f"<small>{'; '.join(facts)}.</small>"])


def report(records: dict[str, Any], docs: Path) -> None:
    """Writes the page and the plot."""
    path = docs / "performance.md"
    page = path.read_text(encoding="utf-8")
    for name, made in records.items():
        page = insert(page, name, written(name, made))
    if all(name in records for name in targets.BENCHMARKS):
        results = {name: made["result"] for name, made in records.items()}
        page = insert(page, "targets", "\n\n".join(targets.tables(results)))
    path.write_text(page, encoding="utf-8", newline="\n")
    if "sweeps" in records:
        (docs / "images").mkdir(exist_ok=True)
        plot = draw(records["sweeps"]["result"], TITLES)
        (docs / "images" / "sweeps.svg").write_text(plot, encoding="utf-8", newline="\n")


def main() -> None:
    """Parse the command line and write the report."""
    parser = ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument(
        "results", type=Path, metavar="FILE", help="results of benchmarks.all, or of another benchmark's --json"
    )
    parser.add_argument("--docs", type=Path, metavar="DIR", default=DOCS, help="where performance.md is (%(default)s)")
    options = parser.parse_args()
    report(json.loads(options.results.read_text(encoding="utf-8")), options.docs)


if __name__ == "__main__":
    main()
