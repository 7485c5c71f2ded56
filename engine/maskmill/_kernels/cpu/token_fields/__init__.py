"""Kernels of fitted codebooks: sums over neighbouring tokens, and fields of 64x64 nodes upsampled to maps."""
