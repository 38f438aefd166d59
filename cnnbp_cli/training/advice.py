"""What a symptom means in one config, and what to try there: nothing that the config has already, or cannot have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from cnnbp_cli.config import Config, to_values
from cnnbp_cli.network import Network
from cnnbp_cli.optimizers.schedules import WarmedUp
from cnnbp_cli.training.suspects import suspects


@dataclass(frozen=True, eq=False)
class Situation:
    """The config of a training, and the layers that show a symptom."""

    config: Config
    layers: tuple[str, ...]

    @cached_property
    def network(self) -> Network:
        return Network(self.config.input, self.config.layers, self.config.loss)

    @property
    def output(self) -> str:
        """The name of the last layer."""
        return self.network.names[-1]

    @property
    def hidden_functions(self) -> set[str]:
        """The activation functions of all layers but the last."""
        return {layer.function.name for layer in self.config.layers[:-1] if layer.function}

    @property
    def has_initializer(self) -> bool:
        """Whether a layer has an `initializer` of its own."""
        return any(key.endswith(".initializer") and value for key, value in to_values(self.config).items())

    @property
    def can_warm_up(self) -> bool:
        """Whether the learning rate starts at its full value, with a schedule that could warm it up."""
        schedule = self.config.train.schedule
        return isinstance(schedule, WarmedUp) and not schedule.warmup_epochs


Words: TypeAlias = Callable[[Situation], str]
"""Text that depends on the situation."""


def always(text: str) -> Words:
    """Text that does not."""
    return lambda situation: text


def either(*choices: str | None) -> str:
    """`A, b, or c.`, of those that are not None."""
    first, *rest = [choice for choice in choices if choice]
    if not rest:
        return f"{first}."
    separator = ", or " if len(rest) > 1 else " or "
    return f"{', '.join([first, *rest[:-1]])}{separator}{rest[-1]}."


def smaller_steps(situation: Situation) -> str:
    """If another value than the learning rate makes the steps large, that one."""
    if found := list(suspects(situation.config)):
        return ". ".join(found) + "."
    return either(
        "Divide train.optimizer.learning_rate by ten",
        "warm it up with train.schedule.warmup_epochs" if situation.can_warm_up else None,
    )


def smaller_gradients(situation: Situation) -> str:
    return either(
        "Lower the learning rate",
        "use fewer layers" if len(situation.config.layers) > 2 else None,
        "leave out `initializer` to get the one suited to the activation" if situation.has_initializer else None,
    )


def less_saturation(situation: Situation) -> str:
    parts = [
        either(
            "Lower the learning rate", None if situation.config.train.optimizer.weight_decay else "add weight_decay"
        ).removesuffix(".")
        + " to keep z near 0."
    ]
    if set(situation.layers) - {situation.output}:
        parts.append("Use relu in hidden layers.")
    if situation.output in situation.layers and situation.config.loss == "mse":
        parts.append("At the output, use cross_entropy instead of mse, which removes f′ from δ.")
    return " ".join(parts)


def why_it_vanishes(situation: Situation) -> str:
    quarter = ", and f′ of sigmoid is at most ¼" if "sigmoid" in situation.hidden_functions else ""
    return (
        f"In the backward pass, each layer multiplies δ by Wᵀ and f′{quarter}. Little is left for the first layers, "
        "which stay close to their initial weights."
    )


def larger_gradients(situation: Situation) -> str:
    functions = situation.hidden_functions
    choices = [
        "use relu or tanh in hidden layers" if "sigmoid" in functions else None,
        "use relu in hidden layers" if "tanh" in functions and "sigmoid" not in functions else None,
        "use fewer layers" if len(situation.config.layers) > 2 else None,
        None if any(layer.mixes for layer in situation.config.layers) else "add batch_norm before the activations",
        None
        if situation.config.train.optimizer.adaptive
        else "choose optimizer adam, which divides by the size of the gradient",
        "leave out `initializer` to get the one suited to the activation" if situation.has_initializer else None,
    ]
    advice = either(*(choices if any(choices) else ["raise the learning rate"]))
    return advice[0].upper() + advice[1:]


def better_than_a_guess(situation: Situation) -> str:
    if found := list(suspects(situation.config)):
        return ". ".join(found) + "."
    return (
        "Train longer, try a learning rate ten times smaller and one ten times larger, and check that images and "
        "labels belong together: cnnbp data show."
    )
