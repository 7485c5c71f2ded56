"""Statuses of rows and replies, each with a sentence and advice, and the codes of problems."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, Literal, NamedTuple, Self, get_args

from ._advice import Facts, advise_reply, advise_row

StatusName = Literal[
    "ok",
    "nothing",
    "tokens",
    "tokens_incomplete",
    "placeholder",
    "garbage",
    "truncated",
    "degenerate",
    "empty",
    "no_box",
    "too_large",
]
"""The values of `Status`."""

ReplyStatusName = Literal["ok", "salvaged", "truncated", "no_json", "empty", "blocked"]
"""The values of `ReplyStatus`."""

FormName = Literal["png", "ring", "rle", "tokens", "placeholder", "reference", "unknown", "none", "pixels"]
"""The form of a row; ``pixels`` comes from `Masks.from_dense`, `Masks.from_map`, and masks written pixel by pixel."""

FORMS: Final[tuple[FormName, ...]] = get_args(FormName)


class _Outcome(StrEnum):
    """A status with a sentence that explains it."""

    sentence: str

    def __new__(cls, value: str, sentence: str = "") -> Self:
        """Attach the sentence to the value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member


class Status(_Outcome):
    """The status of a row: whether it has a mask, or why not.

    >>> Status("tokens").sentence
    '16 mask tokens, and no codebook that knows them'
    """

    OK = "ok", "the mask was decoded"
    NOTHING = "nothing", "the item gives no mask"
    TOKENS = "tokens", "16 mask tokens, and no codebook that knows them"
    TOKENS_INCOMPLETE = "tokens_incomplete", "a number of mask tokens other than 16"
    PLACEHOLDER = "placeholder", "the service left its placeholder where the mask belongs"
    GARBAGE = "garbage", "the value is no mask in any known form"
    TRUNCATED = "truncated", "the text ends inside the mask"
    DEGENERATE = "degenerate", "the box or the ring has no area"
    EMPTY = "empty", "the mask was read well and has no pixel in this image"
    NO_BOX = "no_box", "the mask needs a box and the item has no usable one"
    TOO_LARGE = "too_large", "the value is past a limit"

    @property
    def advice(self) -> str:
        """What to do about any row with this status; empty for ``ok``. `Problem.advice` knows the row."""
        return advise_row(self.value, Facts())


class ReplyStatus(_Outcome):
    """The status of a reply: whether all of it was read, or why not.

    >>> ReplyStatus("salvaged").sentence
    'broken JSON: every complete item was recovered'

    A reply without objects, ``[]``, ``{}`` or a container around an empty list, is ``ok`` and has no rows; one whose
    entries are no items is ``no_json``. A response without text and an error of the API are ``empty``.
    """

    OK = "ok", "well-formed"
    SALVAGED = "salvaged", "broken JSON: every complete item was recovered"
    TRUNCATED = "truncated", "the text breaks off: every complete item before the break was recovered"
    NO_JSON = "no_json", "text or JSON without any item in it"
    EMPTY = "empty", "no text from the model"
    BLOCKED = "blocked", "the service refused to answer"

    @property
    def advice(self) -> str:
        """What to do about any reply with this status; empty for ``ok`` and ``salvaged``."""
        return advise_reply(self.value, Facts())

    @property
    def is_complete(self) -> bool:
        """Whether every item that the model wrote was read; the reply is then ``ok`` or ``salvaged``."""
        return self in (ReplyStatus.OK, ReplyStatus.SALVAGED)


class _ProblemFields(NamedTuple):
    """The fields of `Problem`."""

    row: int | None
    code: str
    message: str
    excerpt: str = ""


class Problem(_ProblemFields):
    """One reason why a mask is missing, or one repair.

    >>> problem = Problem(2, "no_box", "expected a box for the map, got none")
    >>> row, code, message, excerpt = problem
    >>> problem.advice[:30]
    'Ask for box_2d with every mask'

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

    _facts: tuple[Any, ...] = ()
    """The values of `Facts`, where they are known; not compared."""

    @property
    def advice(self) -> str:
        """What to do about it; empty where nothing is to be done.

        The problems of a `Masks` know whether the row has a box to fall back to, and the model where the reply names
        it; others give the advice that holds for any row.
        """
        facts = Facts(*self._facts)
        return advise_reply(self.code, facts) if self.row is None else advise_row(self.code, facts)

    def _knowing(self, facts: Facts) -> Self:
        """Return the same problem, with the facts about its row."""
        problem = type(self)(*self)
        problem._facts = tuple(facts)
        return problem

    def _replace(self, **changes: Any) -> Self:
        return super()._replace(**changes)._knowing(Facts(*self._facts))

    def __repr__(self) -> str:
        """Return the fields and, where there is any, the advice."""
        fields = super().__repr__()
        return f"{fields[:-1]}, advice={self.advice!r})" if self.advice else fields


class Note(NamedTuple):
    """A problem whose row number is not known yet; the fields are those of `Problem`."""

    code: str
    message: str
    excerpt: str = ""


MENDED = {
    "json_mended": "the item's JSON was broken and has been mended",
    "key_mended": "a key was misspelt or unknown and was recognised by its value",
    "bare_value": "a mask without an item around it",
    "label_around": "the label is the key above the item, which may be none",
    "label_named": "the label is a number, and the reply gives its name",
    "listed_twice": "the reply holds the same list of items under two keys, and it was read once",
    "rival_lists": "the reply holds two lists that may be for the same objects, such as an example and an answer",
    "part_of": "the item is a part of another item, which stands in another row",
    "mask_unused": "another value of the item may be a mask, too, and was not used",
    "lists_unequal": "lists in parallel have different lengths",
    "unclosed": "the string was never closed, but its content is complete",
    "corners_sorted": "the box's corners were reversed",
    "box_mended": "the box was written in another shape than four numbers",
    "box_unit": "the box runs from 0 to 1 instead of 0 to 1000",
    "bad_box": "the box cannot be used, and the mask does not need it",
    "clipped": "the mask leaves the image and was clipped to it",
    "axes_swapped": "the ring's points were read as y, x",
    "other_frame": "the coordinates are no thousandths of the image: another frame makes mask and box agree",
    "frame_unchecked": "nothing in the reply confirms in which frame the coordinates are",
    "order_assumed": "nothing but its key says that the box is x, y",
    "box_order": "the box's corners were read in the other order, in which they fit the mask",
    "box_disagrees": "the mask and its box lie apart: one of them is wrong",
    "rle_doubtful": "the RLE looks as if it was written row by row, and no box confirms that",
    "rle_reordered": "the RLE was read in another order, in which it fits its box",
    "ring_unit": "the ring runs from 0 to 1 instead of 0 to 1000",
    "chunks_joined": "flat lists were read as pieces of one ring",
    "chunks_apart": "flat lists were read as separate rings",
    "box_first": "four numbers before a ring are its extent, and were read as its box",
    "junk_cut": "what followed the mask was cut off",
    "base64_mended": "the base64 text was mended",
    "alpha_used": "the picture lies in the PNG's alpha channel",
    "fitted_codebook": "a fitted codebook made the map; the excerpt is the intersection over union to expect of it",
    "rle_scaled": "the RLE was made for another size and has been scaled",
    "rle_size_assumed": "the run lengths give no size, and were read with the image's",
    "rle_text_mended": "the text of the run lengths was escaped, quoted or encoded, and that was undone",
    "rle_pairs": "the run lengths are pairs of a start and a length",
    "rle_rows": "the run lengths go along the rows, as their form says",
    "vertex_dropped": "a few vertices were no two finite numbers and were dropped",
    "numbers_dropped": "the points have more than two numbers; the others were dropped",
    "lists_parallel": "two lists were read as all first and all second numbers of the points",
    "shapes_united": "several shapes in one value were read as one mask",
    "hole_unsure": "a ring may be a hole, and was filled",
    "form_assumed": "the value fits two forms, and one was assumed",
    "rle_completed": "the last run, of background, was missing and was added",
    "svg_frame": "the frame that the SVG gives was read as the whole frame of the mask",
    "bitmap_read": "the mask was written pixel by pixel",
    "tokens_unused": "mask tokens beside the mask were not read",
    "tokens_mended": "the mask tokens were written in another spelling",
    "html_unescaped": "the text of the mask had HTML escapes, which were undone",
    "category_unknown": "the file does not name the category, whose number is the label",
    "shape_mended": "the shape was written in another way than its format has, and was read",
    "part_dropped": "a part of the mask has fewer than 3 points and was left out",
    "bad_score": "the score is no number and was left out",
    "ring_closed": "the ring did not end where it began and was closed",
}
"""Codes of the repairs of a row that has a mask, each with its sentence."""

REPLY_CODES = {
    "needs_weights": "the text stands for hidden states of the model, which only its network can turn into a mask",
    "api_error": "the API answered with an error instead of a reply",
    "none_found": "the JSON was broken, and no item could be recovered from it",
    "item_cut": "an item broke off before its box or its mask was complete; it is no row",
    "image_scaled": "the reply gives another size of its image than the image has, and its pixels were scaled",
    "several_images": "the reply names several images, or answers twice; all its masks were read for one image",
    "not_an_item": "an entry of the list is no item; it is no row",
    "ended_early": "the response ended for another reason than its end, and may not be whole",
    "remark": "the model wrote a sentence beside an empty list",
    "several_answers": "the reply holds several answers of the model, and one of them was read",
    "words_skipped": "the text repeats the prompt or the model's thoughts, which were not read",
    "prefix_cut": "every line of the text began with a mark or a time, as in a log, which was cut off",
    "reply_cut": "the reply is longer than the limit and was cut there",
}
"""Codes of problems that concern the reply and no row, each with its sentence."""
