"""Runs a student's own program, because the student says so, and finds what it saved."""
