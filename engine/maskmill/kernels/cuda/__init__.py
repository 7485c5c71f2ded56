"""Drivers for CUDA: the twins of what in `cpu` can gain, under the same names; importing one imports numba.cuda."""
