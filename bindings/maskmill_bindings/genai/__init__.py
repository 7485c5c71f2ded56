"""Images to masks by way of a Gemini model."""
