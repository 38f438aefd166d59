"""The speed of cnnbp relative to PyTorch and to the hardware's peak, and the measurements behind its constants.

    python -m benchmarks.vs_pytorch --config configs/seed.yaml     run one benchmark; --help lists its options
    python -m benchmarks.all --out results.json                    run all of them, in about 25 minutes
    python -m benchmarks.report results.json                       write tables and plot into docs/performance.md

Run from the root of the repository, on an otherwise idle machine. The extra `bench` installs PyTorch.
"""
