"""The terms of a sum: which products, of which numbers of a trace, make one entry of an array.

They are written from the equations, entry by entry, and share nothing with the layers' own passes; tests check that
both give the same numbers. Here is what a term is, and the terms of the loss and of activation functions; those of a
layer are in its file of `gradients/kinds/`.
"""

from cnnbp_cli.gradients.terms.term import Factor, Index, LayerEntries, Term, entry, index_text, shown

__all__ = ["Factor", "Index", "LayerEntries", "Term", "entry", "index_text", "shown"]
