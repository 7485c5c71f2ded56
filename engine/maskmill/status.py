"""Statuses of rows and replies, each with a sentence and advice, and the codes of problems."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Self


class _Outcome(StrEnum):
    """A status with a sentence that explains it, and advice; the advice of a complete one is empty."""

    sentence: str
    advice: str

    def __new__(cls, value: str, sentence: str = "", advice: str = "") -> Self:
        """Attach the sentence and the advice to the value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        member.advice = advice
        return member


class Status(_Outcome):
    """The status of a row: whether it has a mask, or why not.

    >>> Status("tokens").sentence
    '16 mask tokens, and no codebook that knows them'
    """

    OK = "ok", "the mask was decoded", ""
    NOTHING = (
        "nothing",
        "the item gives no mask",
        "Take the box (fallback='box'), or ask again for masks; ask a polygon model in words for polygons.",
    )
    TOKENS = (
        "tokens",
        "16 mask tokens, and no codebook that knows them",
        "Gemini's codebook is not public. Send the same request again (it often returns a PNG), ask a Gemini 3 model "
        "for polygons, fit a codebook to pairs of tokens and masks (maskmill codebook fit), or more of them, or take "
        "the box (fallback='box').",
    )
    TOKENS_INCOMPLETE = (
        "tokens_incomplete",
        "a number of mask tokens other than 16",
        "The model broke off its own mask, so not even a codebook could read it. Send the same request again, "
        "or take the box (fallback='box').",
    )
    PLACEHOLDER = (
        "placeholder",
        "the service left its placeholder where the mask belongs",
        "Switch JSON mode and the response schema off; they make 2.5 Flash answer with the placeholder.",
    )
    GARBAGE = (
        "garbage",
        "the value is no mask in any known form",
        "Send the same request again; 2.5 models: thinking off, temperature above 0, no word of base64 in the prompt.",
    )
    TRUNCATED = (
        "truncated",
        "the text ends inside the mask",
        "The output limit cut the reply: ask for fewer objects at a time, and cap max_output_tokens well below "
        "65k so that a runaway ends early.",
    )
    DEGENERATE = (
        "degenerate",
        "the box or the ring has no area",
        "Nothing can be drawn; ask again for this object.",
    )
    EMPTY = (
        "empty",
        "the mask was read well and has no pixel in this image",
        "The mask is too small for the image, lies outside it, or is all zero.",
    )
    NO_BOX = (
        "no_box",
        "the mask needs a box and the item has no usable one",
        "Ask for box_2d with every mask: a PNG mask is relative to its box.",
    )
    TOO_LARGE = (
        "too_large",
        "the value is past a limit",
        "If the input is trusted, raise the limit that the problem names (maskmill.Limits).",
    )


class ReplyStatus(_Outcome):
    """The status of a reply: whether all of it was read, or why not.

    >>> ReplyStatus("salvaged").sentence
    'broken JSON: every complete item was recovered'

    A reply without objects, ``[]``, ``{}`` or a container around an empty list, is ``ok`` and has no rows; one whose
    entries are no items is ``no_json``. A response without text and an error of the API are ``empty``.
    """

    OK = "ok", "well-formed", ""
    SALVAGED = "salvaged", "broken JSON: every complete item was recovered", ""
    TRUNCATED = (
        "truncated",
        "the text breaks off: every complete item before the break was recovered",
        "The output limit cut it, often in a runaway mask: send the request again, or ask for fewer objects at a time.",
    )
    NO_JSON = (
        "no_json",
        "text or JSON without any item in it",
        "Read what the model says; the prompt may need to ask for JSON.",
    )
    EMPTY = "empty", "no text from the model", "The problem says why, and what to do about it."
    BLOCKED = "blocked", "the service refused to answer", "The problem names its reason; another prompt may pass."

    @property
    def is_complete(self) -> bool:
        """Whether every item that the model wrote was read: the reply is ``ok`` or ``salvaged``."""
        return self in (ReplyStatus.OK, ReplyStatus.SALVAGED)


class Problem(NamedTuple):
    """One reason why a mask is missing, or one repair.

    >>> Problem(2, "junk_cut", "cut 6 bytes after the end of the PNG").row
    2

    Attributes
    ----------
    row : int or None
        Row number; None if the problem concerns the whole reply.
    code : str
        The row's status where it has no mask, else one of `MENDED`; of a reply, its status or one of `REPLY_CODES`.
    message : str
        One sentence: what was expected, the actual value, and where.
    excerpt : str
        The offending text, shortened; empty where there is none.
    """

    row: int | None
    code: str
    message: str
    excerpt: str = ""


class Note(NamedTuple):
    """A problem whose row number is not known yet; the fields are those of `Problem`."""

    code: str
    message: str
    excerpt: str = ""


FORMS = ("png", "ring", "rle", "tokens", "placeholder", "reference", "unknown", "none", "pixels")
"""Every form of a row; ``pixels`` comes from `Masks.from_dense` and `Masks.from_map`, never from a reply."""

MENDED = {
    "json_mended": "the item's JSON was broken and has been mended",
    "key_mended": "a key was misspelt or unknown and was recognised by its value",
    "bare_value": "a mask without an item around it",
    "unclosed": "the string was never closed, but its content is complete",
    "corners_sorted": "the box's corners were reversed",
    "box_mended": "the box was written in another shape than four numbers",
    "box_unit": "the box runs from 0 to 1 instead of 0 to 1000",
    "bad_box": "the box cannot be used, and the mask does not need it",
    "clipped": "the mask leaves the image and was clipped to it",
    "axes_swapped": "the ring's points were read as y, x",
    "ring_unit": "the ring runs from 0 to 1 instead of 0 to 1000",
    "chunks_joined": "flat lists were read as pieces of one ring",
    "chunks_apart": "flat lists were read as separate rings",
    "junk_cut": "what followed the mask was cut off",
    "base64_mended": "the base64 text was mended",
    "alpha_used": "the picture lies in the PNG's alpha channel",
    "fitted_codebook": "a fitted codebook made the map; the excerpt is the intersection over union to expect of it",
    "rle_scaled": "the RLE was made for another size and has been scaled",
}
"""Codes of the repairs of a row that has a mask, each with its sentence."""

REPLY_CODES = {
    "api_error": "the API answered with an error instead of a reply",
    "none_found": "the JSON was broken, and no item could be recovered from it",
    "item_cut": "an item broke off before its box or its mask was complete; it is no row",
    "not_an_item": "an entry of the list is no item; it is no row",
    "reply_cut": "the reply is longer than the limit and was cut there",
}
"""Codes of problems that concern the reply and no row, each with its sentence."""
