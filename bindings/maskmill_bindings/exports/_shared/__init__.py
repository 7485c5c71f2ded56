"""What the export formats share: the registry, settings, loss warnings, and helpers for similar formats."""
