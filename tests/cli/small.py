"""A data set and a config that a command is through with in no time."""

from __future__ import annotations

TRAIN, TEST = 1200, 300
"""Images: the first ones of MNIST."""

STEPS = 16
"""An epoch's: of the 1,200 images 200 are held out, and 64 make a step."""

SMALL = """\
name: small
input: [1, 28, 28]
layers:
  - {type: conv2d, filters: 2, kernel_size: 5, stride: 2, activation: relu}
  - {type: max_pool2d, pool_size: 2}
  - {type: flatten}
  - {type: dense, units: 10, activation: softmax}
loss: cross_entropy
train: {epochs: 2, batch_size: 64, optimizer: {type: sgd, learning_rate: 0.1, momentum: 0.9}, seed: 0}
data: {validation: 200}
"""
