"""Programs to start from: they read an exercise and run its forward pass; the backward pass is left to the reader."""
