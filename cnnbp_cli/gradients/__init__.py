"""The exact float64 pass that keeps every z, a and δ, and the check of each against finite differences."""
