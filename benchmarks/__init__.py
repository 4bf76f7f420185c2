"""The speeds that people feel and that programs rely on; `python -m benchmarks` prints them as a table."""
