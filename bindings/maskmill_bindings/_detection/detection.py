"""The kind of data in a file or a folder, and the refusal of what is not read."""

from __future__ import annotations

from typing import Final, NamedTuple

from maskmill.errors import ArgumentError

REPLIES: Final = "replies"
"""The format of answers of models."""


class Detection(NamedTuple):
    """What a file or folder holds.

    Attributes
    ----------
    format : str
        One of `exports.FORMATS`, or ``replies``; empty for what is not read.
    name : str
        What it is, in words.
    evidence : str
        What in it shows that; empty where nothing else was found.
    """

    format: str
    name: str
    evidence: str = ""

    def refusal(self, wanted: str, at: str) -> ArgumentError:
        """Return the error for something that is not read here.

        Parameters
        ----------
        wanted : str
            What was expected.
        at : str
            Its path.
        """
        because = f" ({self.evidence})" if self.evidence else ""
        hint = f"; maskmill convert --from {self.format} reads it" if self.format else ", which maskmill does not read"
        return ArgumentError(wanted, f"what looks like {self.name}{because}{hint}", at)


def masks(name: str, words: str, evidence: str) -> Detection:
    """Return the detection of a format of masks.

    Parameters
    ----------
    name : str
        Name of the format.
    words : str
        What it is.
    evidence : str
        What shows that.
    """
    return Detection(name, words, evidence)


def other(words: str, evidence: str) -> Detection:
    """Return the detection of what is not read."""
    return Detection("", words, evidence)
