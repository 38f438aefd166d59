"""The fit loop, run folders, checkpoints and the metrics log. It yields events and never prints."""
