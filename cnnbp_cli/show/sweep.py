"""`cnnbp sweep`: the best points, the choice, and the command that trains it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

from rich.console import Console
from rich.text import Text

from cnnbp_cli.config.problems import show_value
from cnnbp_cli.files.text import command_line, plural, printable
from cnnbp_cli.show.columns import TableColumn, short_names, show_rows
from cnnbp_cli.show.documents.sweep import PointDocument, SweepDocument, SweepRunDocument
from cnnbp_cli.show.next_steps import next_steps
from cnnbp_cli.show.numbers import cost, duration, mean_fraction
from cnnbp_cli.sweeps.folder import SweepFolder
from cnnbp_cli.sweeps.plan import SweepPlan
from cnnbp_cli.sweeps.points import Point
from cnnbp_cli.sweeps.results import PointResult, RunResult, within_spread
from cnnbp_cli.sweeps.sweep import Sweep

SHOWN = 10
"""Points in the table at the end; all of them are in results.csv and in the report."""

KEY_WIDTH = 24


def show_sweep(console: Console, sweep: Sweep, seconds: float) -> None:
    """Print the best points, the choice with its test results, and what to type next."""
    ranking, folder = sweep.ranking, sweep.folder
    failed = [one for one in sweep.results if one.state == "failed"]
    if ranking:
        show_points(console, ranking[:SHOWN])
        if len(ranking) > SHOWN:
            console.print(Text(f"… and {plural(len(ranking) - SHOWN, 'point')} more", style="dim"))
        console.print()
    for one in failed[:SHOWN]:
        problem = printable(one.problem or "", 300)
        console.print(Text(f"failed: {printable(str(one.point))}: {problem}", style="red"), soft_wrap=True)
    if len(failed) > SHOWN:
        console.print(Text(f"… and {len(failed) - SHOWN} more failed", style="red"))
    if not ranking:
        return
    best, *others = ranking
    again = train_command(folder.plan, best.point, folder.plan.seeds[0])
    text = Text("\n" if failed else "")
    for label, value, style in (
        ("best", printable(str(best.point)), "bold"),
        ("validation", f"{mean_fraction(best.accuracy, best.spread)}{_over(best)}", ""),
        ("test accuracy", f"{mean_fraction(best.test_accuracy, best.test_spread)}{_over(best)}", "bold green"),
        ("time", f"{seconds:.1f} s" if seconds < 60 else duration(seconds), ""),
        ("saved in", printable(str(folder.folder)), ""),
        *(("note", remark, "bold yellow") for remark in remarks(best, others)),
    ):
        text.append(f"{label:<15}", style="dim").append(value, style=style).append("\n")
    text.append("\nNext:\n").append(next_steps(again[1:], *_reports(folder, best)))
    console.print(text, end="", soft_wrap=True)


def show_points(console: Console, points: Sequence[PointResult]) -> None:
    """A table: one row per point."""
    rows = [cells(one) for one in points]
    show_rows(console, columns(rows, points), rows)


def columns(rows: Sequence[Mapping[str, str]], points: Sequence[PointResult]) -> list[TableColumn]:
    """The columns for these rows; config keys are shortened to their last part where that is unambiguous."""
    keys = list(points[0].point.values)
    names = short_names(keys)
    return [
        TableColumn("point", "point", max(5, *(len(row["point"]) for row in rows))),
        TableColumn("accuracy", "validation\naccuracy", max(10, *(len(row["accuracy"]) for row in rows))),
        TableColumn("loss", "validation\nloss", max(10, *(len(row["loss"]) for row in rows)), rank=2),
        TableColumn("epochs", "epochs", 6, rank=1),
        *(
            TableColumn(key, names[key], max(len(names[key]), *(len(row[key]) for row in rows)), rank=3 + place)
            for place, key in enumerate(keys)
        ),
    ]


def cells(one: PointResult) -> dict[str, str]:
    """The cells of a point."""
    values = {key: printable(show_value(value), KEY_WIDTH) for key, value in one.point.values.items()}
    return {
        **values,
        "point": str(one.point.number),
        "accuracy": mean_fraction(one.accuracy, one.spread),
        "loss": cost(one.loss),
        "epochs": str(one.epochs),
    }


def remarks(best: PointResult, others: Sequence[PointResult]) -> list[str]:
    """What to keep in mind about the choice."""
    if not others:
        return []
    if best.spread is None:
        return ["with one seed, the spread is unknown: the choice may be luck. Add seeds: --seeds 3"]
    near = within_spread(best, others)
    if not near:
        return []
    numbers = ", ".join(str(one.point.number) for one in near[:SHOWN]) + (", …" if len(near) > SHOWN else "")
    which = f"point {numbers} is" if len(near) == 1 else f"points {numbers} are"
    return [f"{which} within the spread over the seeds: the difference may be luck"]


def train_command(plan: SweepPlan, point: Point, seed: int) -> list[str]:
    """The command that trains a run by itself."""
    sets = [word for override in plan.overrides(point) for word in ("--set", override)]
    return ["cnnbp", "train", "--config", str(plan.base), *sets, "--seed", str(seed)]


def _reports(folder: SweepFolder, best: PointResult) -> list[list[str]]:
    runs = [str(folder.folder / "runs" / str(run.name)) for run in best.runs]
    return [["report", *runs[:8]], ["inspect-gradients", "--checkpoint", runs[0]]]


def _over(one: PointResult) -> str:
    return f" over {len(one.runs)} seeds" if len(one.runs) > 1 else ""


def sweep_document(sweep: Sweep) -> SweepDocument:
    """The same for programs."""
    folder, ranking = sweep.folder, sweep.ranking
    best = ranking[0] if ranking else None
    return {
        "schema": "cnnbp.sweep/1",
        "sweep": str(folder.folder),
        "name": folder.plan.name,
        "method": folder.plan.file.method,
        "seeds": list(folder.plan.seeds),
        "images": folder.origin.images,
        "points": [_point(folder, one) for one in sweep.results],
        "ranking": [one.point.number for one in ranking],
        "best": best.point.number if best else None,
        "within_spread": [one.point.number for one in within_spread(best, ranking[1:])] if best else [],
        "command": command_line(train_command(folder.plan, best.point, folder.plan.seeds[0])) if best else None,
    }


def _point(folder: SweepFolder, one: PointResult) -> PointDocument:
    return {
        "point": one.point.number,
        "values": one.point.values,
        "state": one.state,
        "epochs": one.epochs,
        "validation_accuracy": one.accuracy,
        "validation_spread": one.spread,
        "validation_loss": one.loss if one.loss is not None and isfinite(one.loss) else None,
        "test_accuracy": one.test_accuracy,
        "test_spread": one.test_spread,
        "problem": one.problem,
        "runs": [_run(folder, run) for run in one.runs],
    }


def _run(folder: SweepFolder, run: RunResult) -> SweepRunDocument:
    best = run.best
    return {
        "run": str(folder.folder / "runs" / str(run.name)),
        "seed": run.name.seed,
        "state": run.state,
        "epochs": len(run.rows),
        "best_epoch": best.epoch if best else None,
        "validation_accuracy": best.validation_accuracy if best else None,
        "validation_loss": best.validation_loss if best else None,
        "seconds": run.seconds,
        "test_accuracy": run.test_accuracy,
        "test_loss": run.test_loss,
        "problem": run.problem,
    }
