"""A diagnosis as a page, and in a notebook: each wrong tensor as pictures, with its equation and its worst entry."""
