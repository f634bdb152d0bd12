"""Timings side by side with other libraries: ``python -m benchmarks.NAME`` prints a table and, last, one line of JSON."""
