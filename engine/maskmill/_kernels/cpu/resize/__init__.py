"""Probability maps resized into their boxes and cut at the threshold, as run lengths."""
