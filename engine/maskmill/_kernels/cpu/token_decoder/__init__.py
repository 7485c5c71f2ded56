"""Kernels of the PaliGemma decoder: 16 mask tokens to a map of 64x64 pixels."""
