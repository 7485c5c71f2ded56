"""Names of packages: imported on first use, or of earlier versions."""
