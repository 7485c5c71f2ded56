"""Masks from Gemini through the google-genai SDK."""
