"""The PyTorch side, eager, in its fastest form: float32 tensors in memory, batches by index, no DataLoader."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks import torch_net
from benchmarks.jobs import serve
from benchmarks.side import Contestant, Job
from cnnbp_cli.mnist.dataset import Images

FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}

CHUNKS = (100, 250, 500, 1000, 2500)
"""Images per chunk in an evaluation."""

FASTEST = {"optimizer": "fused", "format": "contiguous", "pool_first": False, "chunk": 1000}


class PyTorch(Contestant):
    """The images are divided by 255 and laid out once, before the clock runs."""

    def __init__(self, job: Job) -> None:
        self._work = job.workload
        self._config = job.workload.config
        with np.load(job.weights, allow_pickle=False) as file:
            self._weights = list(file.values())
        self._images, labels = _tensors(self._work.images("train"))
        smoothing = self._config["train"].get("label_smoothing") or 0.0
        self._targets = torch_net.targets(self._config, labels, smoothing)
        self._test_images, self._test_labels = _tensors(self._work.images("test"))
        self._test_targets = torch_net.targets(self._config, self._test_labels)
        self._cost, self._test_cost = torch_net.cost(self._config, smoothing), torch_net.cost(self._config)
        self._decay = (self._config["train"].get("ema") or {}).get("decay")

    def forms(self, evaluating: bool) -> list[dict[str, Any]]:
        """All combinations of options that a careful user would try.

        `pool_first` rewrites the network by hand; it is measured and reported, but never used as PyTorch's speed.
        """
        threads = sorted({1, self._work.threads})
        if evaluating:
            choices = {"threads": threads, "format": FORMATS, "chunk": CHUNKS}
        else:
            choices = {"threads": threads, "format": FORMATS, "optimizer": ("foreach", "fused")}
        forms = [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
        return [*forms, {"threads": self._work.threads, "pool_first": True}]

    def begin(self, form: dict[str, Any]) -> None:
        self._form = {**FASTEST, "threads": self._work.threads, **form}
        torch.set_num_threads(self._form["threads"])
        net = torch_net.build(self._config, pool_first=self._form["pool_first"])
        torch_net.load_weights(net, self._weights)
        self._net = net.to(memory_format=FORMATS[self._form["format"]])
        self._optimizer = torch_net.optimizer(self._net, self._config["train"]["optimizer"], self._form["optimizer"])
        (self._group,) = self._optimizer.param_groups
        self._weights_now = list(self._net.parameters())
        self._average = [weight.detach().clone() for weight in self._weights_now] if self._decay else []

    def places(self, places: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(places)

    def step(self, places: Tensor, number: int) -> Tensor:
        self._group["lr"] = self._work.learning_rate(number)
        images, targets = self._images.index_select(0, places), self._targets.index_select(0, places)
        self._optimizer.zero_grad(set_to_none=True)
        cost = self._cost(self._net(images), targets)
        cost.backward()
        self._optimizer.step()
        if self._decay:
            with torch.no_grad():
                torch._foreach_lerp_(self._average, self._weights_now, 1 - min(self._decay, number / (number + 10)))
        return cost.detach() * len(places)

    @torch.inference_mode()
    def evaluate(self) -> float:
        right, total = 0, 0.0
        chunk = self._form["chunk"]
        self._net.eval()
        for start in range(0, len(self._test_labels), chunk):
            some = slice(start, start + chunk)
            output = self._net(self._test_images[some])
            total += float(self._test_cost(output, self._test_targets[some])) * len(output)
            right += int((output.argmax(1) == self._test_labels[some]).sum())
        self._net.train()
        return right / len(self._test_labels)

    def facts(self) -> dict[str, Any]:
        return {"torch": torch.__version__, "form": self._form, "mkl": torch.backends.mkl.is_available()}


def _tensors(images: Images) -> tuple[Tensor, Tensor]:
    pixels = torch.empty(len(images), *images.input_shape)
    for start in range(0, len(images), 1000):  # no second copy of all of them in float32
        pixels[start : start + 1000, 0] = torch.from_numpy(images.images[start : start + 1000].copy())
    return pixels.div_(255), torch.from_numpy(images.labels.astype(np.int64))


if __name__ == "__main__":
    serve(PyTorch)
