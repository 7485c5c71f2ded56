"""Advice: what to do about a row or a reply, by its status or code, its box and its model."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from ._model_ends import LAST_PNG_MODEL, MODEL_ENDS, POLYGON_MODEL, end_of, model_name


class Facts(NamedTuple):
    """The facts that advice depends on.

    Attributes
    ----------
    has_box : bool or None
        Whether the row has a box to fall back to, which is not filled already; None: not known.
    model : str
        Name of the model that answered; empty: not known.
    form : str
        Form of the row; ``paligemma`` for PaliGemma's tokens, ``foreign`` for those of others; empty: not known.
    """

    has_box: bool | None = None
    model: str = ""
    form: str = ""


class Advice(NamedTuple):
    """Advice about one status or code.

    Attributes
    ----------
    lead : str
        What holds for every row; a sentence, or empty.
    ways : tuple of str
        Ways out, the best first; keys of `WAYS`. Those that the facts close are left out.
    """

    lead: str = ""
    ways: tuple[str, ...] = ()


_GEMINI: Final = re.compile(r"gemini-(\d+)")
_GEMINI_2: Final = re.compile(r"gemini-2(?!\d)|gemini-robotics-er-1")
_POLYGON_MODELS: Final = re.compile(r"gemini-(?:[3-9]|\d\d)(?!\d).*flash")
_RESIZING: Final = ("claude", "qwen2.5")
_DIALECTS: Final = (
    ("gemini", "gemini"),
    (r"qwen-?2\.5", "qwen2.5"),
    (r"qwen-?2(?!\d)", "qwen2"),
    (r"qwen-?3", "qwen3"),
    ("^(?:chat)?gpt", "gpt"),
    ("claude", "claude"),
    ("florence-?2", "florence"),
    ("moondream", "moondream"),
    ("perceptron|isaac", "perceptron"),
    ("sam-?3", "sam3"),
    ("falcon-perception", "falcon"),
    ("internvl", "internvl"),
    (r"^glm-[\d.]+v", "glm"),
    ("deepseek-?vl", "deepseek"),
)
"""Patterns of the names of models, each with its dialect."""

_PROMPTS: Final = "`maskmill models` shows the prompts"


def _again(facts: Facts) -> str:
    """Ask the same model again, unless it has ended."""
    end = end_of(facts.model)
    return "" if end and end.has_come else "send the same request again"


def _again_for_png(facts: Facts) -> str:
    """Ask again for a PNG: only models of 2.5 write any."""
    name, again = model_name(facts.model), _again(facts)
    if name and (not again or not _GEMINI_2.match(name)):
        return ""
    if name:
        return f"{again} (it often returns the PNG)"
    ends = [end for end in MODEL_ENDS if end.family.startswith("gemini-2.5")]
    last_day = max(end.day for end in ends)
    last = f"{' and '.join(end.family for end in ends)} end on {last_day}, {LAST_PNG_MODEL} stays"
    return f"{again} (it often returns the PNG; {last})"


def _again_with_settings(facts: Facts) -> str:
    """Ask again; under these settings models of 2.5 write less garbage."""
    name, again = model_name(facts.model), _again(facts)
    if not again or (name and not _GEMINI_2.match(name)):
        return again
    settings = "thinking off, temperature above 0, no word of base64 in the prompt"
    return f"{again} ({'' if name else '2.5 models: '}{settings})"


def _polygons(facts: Facts) -> str:
    """Ask for polygons, and whom: only Gemini 3 Flash and its successors draw them."""
    name = model_name(facts.model)
    draws_them = _POLYGON_MODELS.match(name) or (name and not _GEMINI.match(name) and not _GEMINI_2.match(name))
    whom = name if draws_them else f"a Gemini 3 Flash model, such as {POLYGON_MODEL},"
    return f"ask {whom} for polygons in words ({_PROMPTS})"


def _dialect_of(model: str) -> str:
    """Return the dialect of a model; empty if its name is not known."""
    name = model_name(model)
    return next((dialect for pattern, dialect in _DIALECTS if re.search(pattern, name)), "")


def _order(facts: Facts) -> str:
    """Pass the dialect of the model; without a model, the order."""
    dialect = _dialect_of(facts.model)
    return f"pass dialect='{dialect}'" if dialect else "pass boxes='yx' or boxes='xy', if you know the order"


def _dialect(facts: Facts) -> str:
    """Pass the dialect of the model; without a model, the frame."""
    dialect = _dialect_of(facts.model)
    if not dialect:
        return "pass what the coordinates run to, such as frame='pixels', or whose they are, such as dialect='gpt'"
    size = " and frame=(width, height) of the image as the service resized it" if dialect in _RESIZING else ""
    return f"pass dialect='{dialect}'{size}"


def _other_frame(facts: Facts) -> str:
    """Pass the dialect of a model whose frame is not the plain one, which Gemini's is."""
    return "" if _GEMINI.match(model_name(facts.model)) else _dialect(facts)


def _box(facts: Facts) -> str:
    """Take the box, if there is one."""
    if facts.has_box is None:
        return "take the box (fallback='box'), if there is one"
    return "take the box (fallback='box')" if facts.has_box else ""


WAYS: Final[dict[str, Callable[[Facts], str]]] = {
    "again": _again,
    "again_for_png": _again_for_png,
    "again_with_settings": _again_with_settings,
    "polygons": _polygons,
    "box": _box,
    "dialect": _dialect,
    "other_frame": _other_frame,
    "order": _order,
    "codebook": lambda _: "fit a codebook to pairs of tokens and masks, or to more of them (maskmill codebook fit)",
    "object": lambda _: "ask again for this object",
    "fewer": lambda _: "ask for fewer objects at a time",
    "limit": lambda _: "raise the limit that the problem names (maskmill.Limits), if the input is trusted",
}
"""Ways out as clauses; a way that the facts close is empty."""

ROW_ADVICE: Final[dict[str, Advice]] = {
    "nothing": Advice("", ("polygons", "box")),
    "nothing reference": Advice("Pass the whole reply, with the masks that its items refer to."),
    "tokens": Advice("Gemini's codebook is not public.", ("again_for_png", "polygons", "codebook", "box")),
    "tokens paligemma": Advice("Pass PaliGemma's own decoder, the file vae-oid.npz, as the codebook.", ("box",)),
    "tokens foreign": Advice("Only the network of the model that wrote them reads these tokens.", ("polygons", "box")),
    "tokens_incomplete": Advice(
        "The model broke off its own mask, so not even a codebook could read it.",
        ("again_for_png", "polygons", "box"),
    ),
    "placeholder": Advice(
        "Switch JSON mode and the response schema off; they make 2.5 Flash answer with the placeholder.",
        ("polygons", "box"),
    ),
    "garbage": Advice("", ("again_with_settings", "polygons", "box")),
    "garbage rle": Advice(
        "Check the size: an RLE must have the sum and the aspect of the image as it was sent.",
        ("again", "polygons", "box"),
    ),
    "truncated": Advice(
        "The output limit cut the reply: cap max_output_tokens well below 65k so that a runaway ends early.",
        ("fewer", "box"),
    ),
    "degenerate": Advice("Nothing can be drawn.", ("object", "box")),
    "empty": Advice("The mask is too small for the image, lies outside it, or is all zero; check the image's size."),
    "empty ring": Advice(
        "The mask is too small for the image, or lies outside it; check the image's size.", ("other_frame",)
    ),
    "no_box": Advice(f"Ask for box_2d with every mask, or keep the reply's: the mask is relative to it ({_PROMPTS})."),
    "too_large": Advice("", ("limit", "box")),
    "box_disagrees": Advice(
        "One of the two is wrong: look at both before you use the mask (maskmill inspect shows them).",
        ("other_frame", "again"),
    ),
    "category_unknown": Advice("Add the category to the file's list, or filter such labels out."),
    "frame_unchecked": Advice("Look at the overlay.", ("dialect",)),
    "order_assumed": Advice("", ("order",)),
    "rle_size_assumed": Advice("Check that the image has the size that the model or tool saw."),
    "rle_doubtful": Advice("Look at the overlay before you use the mask.", ("again", "polygons")),
    "mask_unused": Advice("Look at the item: the value that was left may be the better mask."),
    "hole_unsure": Advice("Look at the overlay: the ring may have to be cut out."),
    "form_assumed": Advice("Look at the overlay before you use the mask."),
    "rival_lists": Advice("Keep the rows of the list that is the answer."),
    "lists_unequal": Advice("Look at the reply: labels and scores may belong to other rows."),
}
"""Advice about rows, by status or code, and by status and form where one form needs another advice."""

REPLY_ADVICE: Final[dict[str, Advice]] = {
    "truncated": Advice("The output limit cut it, often in a runaway mask.", ("again", "fewer")),
    "no_json": Advice("Read what the model says; the prompt may need to ask for JSON.", ("polygons",)),
    "empty": Advice("The problem says why, and what to do about it."),
    "blocked": Advice(f"The problem names its reason; another prompt or another model may pass ({_PROMPTS})."),
    "api_error": Advice("The model gave no answer: do what the message says, and decode the next one."),
    "none_found": Advice("Nobody knows whether there was an item.", ("again",)),
    "item_cut": Advice("The output limit cut it.", ("again", "fewer")),
    "not_an_item": Advice("Look at the excerpt: an entry needs a box or a mask to be a row."),
    "reply_cut": Advice("", ("limit",)),
    "needs_weights": Advice("Only the model's own network can make a mask of it.", ("polygons",)),
    "image_scaled": Advice("Check that the reply belongs to this image, and not to another or a crop of it."),
    "several_images": Advice("Decode one answer at a time, each with the size of its image (decode_many, convert)."),
    "several_answers": Advice("Decode each answer alone, with the size of its image (decode_many)."),
    "words_skipped": Advice("Log the model's last turn alone, so that nothing has to be separated."),
    "prefix_cut": Advice("Log the text of the reply as it is, without a mark before each line."),
    "ended_early": Advice("What came may lack objects.", ("again",)),
}
"""Advice about whole replies, by status or code."""


ADVISED: Final = frozenset((*(key.split()[0] for key in ROW_ADVICE), *REPLY_ADVICE))
"""Statuses and codes that there is any advice about."""


def advise_row(code: str, facts: Facts) -> str:
    """Return the advice about a row with this status or code; empty where there is none.

    >>> advise_row("tokens paligemma", Facts(has_box=True))
    "Pass PaliGemma's own decoder, the file vae-oid.npz, as the codebook. Take the box (fallback='box')."
    >>> advise_row("ok", Facts())
    ''
    """
    advice = ROW_ADVICE.get(f"{code} {facts.form}") or ROW_ADVICE.get(code)
    return _in_words(advice, facts) if advice else ""


def advise_reply(code: str, facts: Facts) -> str:
    """Return the advice about a whole reply with this status or code; empty where there is none.

    >>> advise_reply("reply_cut", Facts())
    'Raise the limit that the problem names (maskmill.Limits), if the input is trusted.'
    """
    advice = REPLY_ADVICE.get(code)
    return _in_words(advice, facts) if advice else ""


def _in_words(advice: Advice, facts: Facts) -> str:
    clauses = [clause for way in advice.ways if (clause := WAYS[way](facts))]
    end = _describe_end(facts.model) if advice.ways else ""
    return " ".join(filter(None, (advice.lead, end, _either(clauses))))


def _either(clauses: list[str]) -> str:
    """Return a sentence that names ways of which one is enough."""
    if not clauses:
        return ""
    text = ", or ".join(filter(None, (", ".join(clauses[:-1]), clauses[-1])))
    return f"{text[0].upper()}{text[1:]}."


def _describe_end(model: str) -> str:
    end = end_of(model)
    if end is None:
        return ""
    verb = "ended" if end.has_come else "ends"
    routed = f", and {end.routed} answers in its place" if end.routed else ""
    return f"The model {end.family} {verb} on {end.day}{routed}."
