"""Scenes drawn from a seed, whose masks are known."""
