"""What the measured health of a training means: what goes wrong, in which layers, since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import NamedTuple

from cnnbp_cli.network import Network
from cnnbp_cli.training.health import Health
from cnnbp_cli.training.metrics import EpochMetrics
from cnnbp_cli.training.symptoms import CAUSES, TOO_SMALL_STEPS, VANISHING, Epoch, Severity, Symptom


class Occurrence(NamedTuple):
    """Where and when a symptom shows.

    Attributes
    ----------
    layer
        Its name.
    epochs
        Those in which it shows.
    worst
        The number farthest beyond the threshold.
    severity
        `warning`, or `note` for what a training does well with, or has overcome by its last epoch.
    """

    layer: str
    epochs: tuple[int, ...]
    worst: float
    severity: Severity


@dataclass(frozen=True)
class Finding:
    """A symptom, with the layers that show it, in the network's order."""

    symptom: Symptom
    places: tuple[Occurrence, ...]

    @property
    def severity(self) -> Severity:
        """That of its worst place."""
        return "warning" if any(place.severity == "warning" for place in self.places) else "note"


def findings(network: Network, rows: Sequence[EpochMetrics], health: Health) -> list[Finding]:
    """What stands out in a training, causes before consequences; nothing where nothing does.

    Parameters
    ----------
    network
        What is trained.
    rows, health
        Of its finished epochs, as a `State` holds them. What was not measured (NaN) is not judged.
    """
    epochs = [Epoch(network, row, measured, health.columns) for row, measured in zip(rows, health.rows, strict=True)]
    found = [finding for symptom in CAUSES if (finding := _look_for(symptom, epochs, network.names))]
    if _sound(found) and (vanishing := _look_for(VANISHING, epochs, network.names)):
        found.append(vanishing)
    if _sound(found) and (small := _look_for(TOO_SMALL_STEPS, epochs, network.names)) and _everywhere(small, epochs):
        found.append(small)
    return found


def _look_for(symptom: Symptom, epochs: Sequence[Epoch], layers: Sequence[str]) -> Finding | None:
    places = []
    for layer in layers:
        judged = {epoch.number: verdict for epoch in epochs if (verdict := symptom.judge(epoch, layer))}
        if judged:
            worst = (min if symptom.low else max)(number for _, number in judged.values())
            severity: Severity = "note"
            if symptom.scars:
                severity = "warning"
            elif epochs[-1].number in judged:
                severity = judged[epochs[-1].number][0]
            places.append(Occurrence(layer, tuple(judged), worst, severity))
    return Finding(symptom, tuple(places)) if places else None


def _sound(found: Sequence[Finding]) -> bool:
    return all(finding.severity == "note" for finding in found)


def _everywhere(finding: Finding, epochs: Sequence[Epoch]) -> bool:
    """Whether every layer with weights shows it in every epoch in which it was measured."""
    shown = {(place.layer, number) for place in finding.places for number in place.epochs}
    return all(
        (layer, epoch.number) in shown or isnan(epoch.of(layer, "update_ratio"))
        for epoch in epochs
        for layer in epoch.layers
    )
