"""What the layers are built on: windows and tiles, initialisers, finite differences, threads."""
