"""Generated replies: well-formed, odd and broken ones, from a seed."""
