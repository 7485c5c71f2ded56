"""Masks drawn over their image: fills, outlines and labels."""
