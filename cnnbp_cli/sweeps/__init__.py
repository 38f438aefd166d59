"""Many trainings that differ in some config values: which ones, where they run, and which is best."""
