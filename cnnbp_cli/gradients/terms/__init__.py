"""The sums behind the numbers: which products, of which numbers of a trace, make one entry of an array.

They are written from the equations, entry by entry, and share nothing with the layers' own passes; a test holds
that both give the same numbers. A file that is put here is found: what it registers for a layer's type explains
that layer's entries.
"""

from importlib import import_module
from pkgutil import iter_modules

from cnnbp_cli.gradients.terms.base import Factor, Index, LayerEntries, Term, gradient_terms, input_terms, output_terms

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["Factor", "Index", "LayerEntries", "Term", "gradient_terms", "input_terms", "output_terms"]
