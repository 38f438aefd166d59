"""Judges a submission: somebody else's deltas and gradients of an exercise, and the mistakes that explain them."""
