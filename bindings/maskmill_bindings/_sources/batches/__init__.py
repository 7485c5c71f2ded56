"""Inputs that hold several answers in one value: batches, lists and maps of replies, each answer kept apart."""
