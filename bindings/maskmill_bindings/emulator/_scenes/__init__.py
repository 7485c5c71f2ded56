"""Drawn scenes whose masks are known."""
