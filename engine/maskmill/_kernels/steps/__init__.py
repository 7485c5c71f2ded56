"""Scalar arithmetic shared by every target: no loops over masks, no allocation, no exceptions."""
