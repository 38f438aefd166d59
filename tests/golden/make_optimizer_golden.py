"""Makes optimizers.npz: what PyTorch's optimizers and schedulers do, in float64. Needs `pip install torch==2.13.0`.

    python tests/golden/make_optimizer_golden.py

`optimizers` and `schedules` are JSON: a name for each declaration as a config would have it. For an optimizer the
array of that name is (steps, n), the parameters after each step from `start` (n,) along `grads` (steps, n); for a
schedule it is (STEPS_PER_EPOCH · EPOCHS,), the factor of each step.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.optim import lr_scheduler

STEPS, SIZE = 12, 7
STEPS_PER_EPOCH, EPOCHS = 10, 6

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"type": "sgd", "learning_rate": 0.1},
    "sgd_decay": {"type": "sgd", "learning_rate": 0.1, "weight_decay": 0.05},
    "momentum": {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9},
    "momentum_decay": {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.05},
    "nesterov": {"type": "sgd", "learning_rate": 0.1, "momentum": 0.8, "nesterov": True},
    "nesterov_decay": {"type": "sgd", "learning_rate": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.05},
    "adam": {"type": "adam"},
    "adam_decay": {"type": "adam", "learning_rate": 0.01, "weight_decay": 0.05},
    "adam_slow": {"type": "adam", "learning_rate": 0.01, "beta1": 0.5, "beta2": 0.9, "eps": 0.1},
    "adamw": {"type": "adamw"},
    "adamw_decay": {"type": "adamw", "learning_rate": 0.01, "weight_decay": 0.5},
    "adamw_plain": {"type": "adamw", "learning_rate": 0.01, "weight_decay": 0.0},
}

SCHEDULES: dict[str, dict[str, Any]] = {
    "step": {"type": "step", "step_size": 2, "gamma": 0.3},
    "cosine": {"type": "cosine", "final_fraction": 0.05},
    "cosine_warm": {"type": "cosine", "warmup_epochs": 1.5},
    "one_cycle": {"type": "one_cycle"},
    "one_cycle_early": {"type": "one_cycle", "pct_start": 0.1, "div_factor": 10.0, "final_div_factor": 100.0},
    "one_cycle_down": {"type": "one_cycle", "pct_start": 0.0},
}


def torch_optimizer(declared: dict[str, Any], p: torch.Tensor) -> torch.optim.Optimizer:
    """The same declaration, in PyTorch's words. Without a key both take their default."""
    keys = dict(declared)
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[keys.pop("type")]
    if "learning_rate" in keys:
        keys["lr"] = keys.pop("learning_rate")
    if "beta1" in keys:
        keys["betas"] = (keys.pop("beta1"), keys.pop("beta2"))
    return kind([p], **keys)


def trajectory(declared: dict[str, Any], start: np.ndarray, grads: np.ndarray) -> np.ndarray:
    p = torch.tensor(start, requires_grad=True)
    optimizer = torch_optimizer(declared, p)
    seen = []
    for g in grads:
        p.grad = torch.tensor(g)
        optimizer.step()
        seen.append(p.detach().numpy().copy())
    return np.stack(seen)


def factors(declared: dict[str, Any]) -> np.ndarray:
    """The rate of every step of a run whose own is 1. StepLR moves on once an epoch, the others once a step."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    keys, total = dict(declared), STEPS_PER_EPOCH * EPOCHS
    every = 1
    match keys.pop("type"):
        case "step":
            every = STEPS_PER_EPOCH
            scheduler: Any = lr_scheduler.StepLR(optimizer, **keys)
        case "cosine":
            warmup = round(keys.get("warmup_epochs", 0) * STEPS_PER_EPOCH)
            scheduler = lr_scheduler.CosineAnnealingLR(
                optimizer, total - warmup, eta_min=keys.get("final_fraction", 0.0)
            )
            if warmup:
                climb = lr_scheduler.LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
                scheduler = lr_scheduler.SequentialLR(optimizer, [climb, scheduler], milestones=[warmup])
        case "one_cycle":
            scheduler = lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=total, cycle_momentum=False, **keys)
    seen = []
    for step in range(1, total + 1):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < total and step % every == 0:
            scheduler.step()
    return np.array(seen)


def main() -> None:
    rng = np.random.default_rng(0)
    start = rng.normal(size=SIZE)
    grads = rng.normal(size=(STEPS, SIZE)) * 10.0 ** rng.integers(-4, 2, SIZE)
    np.savez_compressed(
        Path(__file__).with_name("optimizers.npz"),
        torch=np.array(torch.__version__),
        optimizers=np.array(json.dumps(OPTIMIZERS)),
        schedules=np.array(json.dumps(SCHEDULES)),
        steps_per_epoch=np.array(STEPS_PER_EPOCH),
        epochs=np.array(EPOCHS),
        start=start,
        grads=grads,
        **{name: trajectory(declared, start, grads) for name, declared in OPTIMIZERS.items()},
        **{name: factors(declared) for name, declared in SCHEDULES.items()},
    )


if __name__ == "__main__":
    main()
