"""How fast cnnbp is, against PyTorch and against the machine; and the figures that its constants come from.

    python -m benchmarks.vs_pytorch --config configs/seed.yaml     one of them; --help tells its options
    python -m benchmarks.all --out results.json                    all of them, in some 25 minutes
    python -m benchmarks.report results.json                       their tables and plot, into docs/performance.md

Run from the top of the repository, on a machine that does nothing else. PyTorch comes with the extra `bench`.
"""
