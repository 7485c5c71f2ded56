"""What the export formats share."""
