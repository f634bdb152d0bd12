"""`run.py` needs cosmic-ray, which is in an environment of its own."""

collect_ignore = ["run.py"]
