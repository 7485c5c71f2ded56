"""Parsed values of other models and of the programs around them, one form per module."""
