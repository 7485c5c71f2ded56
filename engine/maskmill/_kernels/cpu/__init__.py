"""CPU target: Numba kernels without the GIL, each behind a checked Python face of the same module."""
