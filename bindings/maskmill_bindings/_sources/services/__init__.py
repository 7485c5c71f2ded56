"""What services write around a reply: their answers, errors, and what was sent along with a request."""
