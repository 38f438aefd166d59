"""What the layers stand on: windows and tiles, initialisers, finite differences, threads."""
