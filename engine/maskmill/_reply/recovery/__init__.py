"""JSON recovered from damaged text: every complete value before, between and after the damage."""
