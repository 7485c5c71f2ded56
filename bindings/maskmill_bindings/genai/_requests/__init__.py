"""One request to the model: rate limit, retries, uploads, outcome."""
