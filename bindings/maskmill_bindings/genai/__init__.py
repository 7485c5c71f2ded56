"""The model client: from images to replies and masks, through everything the service does."""
