"""Kernels: compiled loops over pixels and run lengths, one folder per target and `steps` shared by all targets.

`cpu` and `cuda` use the same module and function names for the same task. `steps` holds the arithmetic of a single
mask, which both inline.
"""
