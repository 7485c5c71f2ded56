"""Fuzz the decoder: ``PYTHONPATH=tests python -m robustness.fuzzing 300000 --seed 1`` prints what broke.

Two kinds of mutants are made of replies in every form. Mutants of the text (bytes changed, lost, doubled, cut off,
spliced from another reply) may hold anything: they must not raise, and what comes back must be sound. Mutants of the
structure (containers around the items, other keys, other orders, unknown keys) hold every item as before: each must
come back as a row with its label.
"""
