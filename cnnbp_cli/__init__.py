"""cnnbp: see, check and play with back-propagation in convolutional networks."""

__version__ = "0.1.0"
