"""Fitted codebooks: sums over neighbouring tokens, and a field of 64x64 nodes brought up to pixels."""
