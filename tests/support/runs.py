"""Reports of small runs, one of them with names that are attacks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cnnbp_cli.network import Network
from cnnbp_cli.training.health import Health, columns
from cnnbp_cli.training.history import History, read_history
from cnnbp_cli.training.report import RunReport, make_report
from tests.support.pages import EVIL
from tests.training.trainings import begin, run


def small_report(folder: Path) -> RunReport:
    """Of three epochs of the small training."""
    training = begin(folder)
    run(training)
    return make_report(read_history(folder), training.data)


def evil_report(report: RunReport) -> RunReport:
    """The same, with an attack in each name: of the run, its folder, a layer, the machine."""
    history = report.history
    first, *others = history.config.layers
    config = history.config.model_copy(update={"name": EVIL, "layers": (replace(first, name=EVIL), *others)})
    network = Network(config.input, config.layers, config.loss)
    health = Health(columns(network), history.health.rows)
    last = replace(history.last, config=config, network=network, state=replace(history.last.state, health=health))
    assert report.summary
    evil = dict.fromkeys(("cnnbp", "numpy", "python", "machine"), EVIL)
    return replace(
        report,
        history=History(replace(history.run, folder=Path(EVIL)), last),
        summary=report.summary.model_copy(update=evil),
        kernels=[replace(one, layer=EVIL) for one in report.kernels],
    )
