"""Live pages: a server for this computer alone, whose pages show what NumPy computes at the moment."""
