"""Polygons to run lengths."""
