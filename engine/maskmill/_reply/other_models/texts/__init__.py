"""Texts with the marks of other models, one family per module."""
