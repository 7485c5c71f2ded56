"""Fuzz the readers of files: ``PYTHONPATH=tests python -m robustness.file_fuzzing coco 5000 --seed 1``.

Seeds are what `write` writes, and files as other tools write them. A mutant has bytes or values of one or several of
its files changed. Reading it to the end must give records, entries that were not read, or an `ArgumentError` without
the name of a Python exception, and never end the process.
"""
