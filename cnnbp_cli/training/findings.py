"""Interpret the measured health of a training: which problems it shows, in which layers and epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import NamedTuple

from cnnbp_cli.config import Config
from cnnbp_cli.network import Network
from cnnbp_cli.training.advice import Situation
from cnnbp_cli.training.health import Health
from cnnbp_cli.training.metrics import EpochMetrics
from cnnbp_cli.training.suspects import suspects
from cnnbp_cli.training.symptoms import CAUSES, GUESSING, TOO_SMALL_STEPS, VANISHING, Epoch, Severity, Symptom


class Occurrence(NamedTuple):
    """Where and when a symptom occurs.

    Attributes
    ----------
    layer
        Name of the layer.
    epochs
        The epochs in which it occurs.
    worst
        The value farthest beyond the threshold.
    severity
        `warning`, or `note` for a symptom that is harmless or no longer occurs in the last epoch.
    """

    layer: str
    epochs: tuple[int, ...]
    worst: float
    severity: Severity


@dataclass(frozen=True)
class Finding:
    """A symptom with the layers that show it, in the order of the network, and the config that was trained."""

    symptom: Symptom
    places: tuple[Occurrence, ...]
    config: Config

    @property
    def name(self) -> str:
        """What is wrong, in a few words."""
        return self.symptom.other_name if self.symptom.other_name and any(suspects(self.config)) else self.symptom.name

    @property
    def meaning(self) -> str:
        """What it does to the training."""
        return self.symptom.meaning(self._situation)

    @property
    def advice(self) -> str:
        """What to try."""
        return self.symptom.advice(self._situation)

    @property
    def _situation(self) -> Situation:
        return Situation(self.config, tuple(place.layer for place in self.places))

    @property
    def severity(self) -> Severity:
        """The severity of its worst occurrence."""
        return "warning" if any(place.severity == "warning" for place in self.places) else "note"


def findings(config: Config, network: Network, rows: Sequence[EpochMetrics], health: Health) -> list[Finding]:
    """The problems that a training shows, causes before consequences; empty if there are none.

    Parameters
    ----------
    config, network
        The config that was trained, and its network.
    rows, health
        Of the finished epochs, as in `State`. Values that were not measured (NaN) are skipped.
    """
    epochs = [Epoch(network, row, measured, health.columns) for row, measured in zip(rows, health.rows, strict=True)]
    found = [finding for symptom in CAUSES if (finding := _find(symptom, epochs, config, network))]
    if _only_notes(found) and (vanishing := _find(VANISHING, epochs, config, network)):
        found.append(vanishing)
    if _only_notes(found) and (small := _find(TOO_SMALL_STEPS, epochs, config, network)) and _everywhere(small, epochs):
        found.append(small)
    guessing = _find(GUESSING, epochs, config, network)
    if _only_notes(found) and guessing and len(guessing.places[0].epochs) == len(epochs):
        found.append(guessing)
    return found


def _find(symptom: Symptom, epochs: Sequence[Epoch], config: Config, network: Network) -> Finding | None:
    places = []
    for layer in network.names:
        verdicts = {epoch.number: verdict for epoch in epochs if (verdict := symptom.judge(epoch, layer))}
        if verdicts:
            worst = (min if symptom.lower_is_worse else max)(number for _, number in verdicts.values())
            severity: Severity = "note"
            if symptom.permanent:
                severity = "warning"
            elif epochs[-1].number in verdicts:
                severity = verdicts[epochs[-1].number][0]
            places.append(Occurrence(layer, tuple(verdicts), worst, severity))
    return Finding(symptom, tuple(places), config) if places else None


def _only_notes(found: Sequence[Finding]) -> bool:
    return all(finding.severity == "note" for finding in found)


def _everywhere(finding: Finding, epochs: Sequence[Epoch]) -> bool:
    """Whether every layer with weights shows the symptom in every epoch in which it was measured."""
    shown = {(place.layer, number) for place in finding.places for number in place.epochs}
    return all(
        (layer, epoch.number) in shown or isnan(epoch.of(layer, "update_ratio"))
        for epoch in epochs
        for layer in epoch.layers
    )
