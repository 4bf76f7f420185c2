"""Judges policies: what a file is for, what is wrong with it, and the repair."""
