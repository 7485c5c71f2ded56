"""Structures around items: labels outside them, lists in parallel, values that look like masks, several images."""
