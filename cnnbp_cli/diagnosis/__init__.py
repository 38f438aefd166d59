"""Judges a submission: the student's deltas and gradients of an exercise, and the mistakes that explain them."""
