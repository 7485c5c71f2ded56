"""Consumers and sources around the engine: one module each, no arithmetic."""
