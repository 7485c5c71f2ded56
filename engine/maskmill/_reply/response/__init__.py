"""What services and their clients return: the model's text and function calls in it, or why there is nothing.

A response is Google's (`generateContent`, or an interaction), as an object of the SDK or as JSON, alone or in the row
of a batch; or one of another service or client with the same parts under other names. Only the model's words are read,
never the prompt, the thoughts or the results of tools, and nothing twice.
"""

from __future__ import annotations

from .answers import is_finished, response_id
from .detection import is_response, response_in
from .errors import api_error
from .reading import read_response, read_stream, responses_in

__all__ = [
    "api_error",
    "is_finished",
    "is_response",
    "read_response",
    "read_stream",
    "response_id",
    "response_in",
    "responses_in",
]
