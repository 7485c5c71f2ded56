"""What is to be said about answers and errors that stand beside the answer that is read."""

from __future__ import annotations

from typing import Any, Final

from ...status import Note
from ..reply_source import ReplySource
from .access import as_list, get_field
from .errors import api_error
from .speakers import speaker_of
from .speech import Speech, listen

_ALTERNATIVES: Final = ("candidates", "choices", "generations")
_TURNS: Final = ("steps", "messages", "conversations", "generated_text", "contents")
_MAX_COMPARED: Final = 64


def notes_on_others(response: Any) -> tuple[Note, ...]:
    """Say that a response holds other answers than the one that is read: candidates, or earlier turns.

    >>> notes_on_others({"candidates": [{"content": "[1]"}, {"content": "[2]"}]})[0].message
    'read the first of 2 different candidates; the other was not read'
    """
    for name in _ALTERNATIVES:
        different = _different(get_field(response, name))
        if len(different) > 1:
            others = "the other was" if len(different) == 2 else "the others were"
            message = f"read the first of {len(different)} different {name}; {others} not read"
            return (Note("several_answers", message),)
    turns = next((held for name in _TURNS if isinstance(held := get_field(response, name), (list, tuple))), ())
    return notes_on_turns(list(turns))


def notes_on_turns(pieces: list[Any]) -> tuple[Note, ...]:
    """Say how many earlier turns of a dialogue may hold items and were not read.

    >>> turns = [{"role": "user"}, {"role": "model", "content": "[1]"}]
    >>> notes_on_turns(turns * 2)[0].message
    "read the model's last turn; 1 earlier turn with an answer was not read"
    """
    earlier, is_answered = 0, False
    for piece in pieces:
        speaker = speaker_of(piece)
        if speaker == "user":
            earlier, is_answered = earlier + is_answered, False
        elif speaker in ("model", "") and not is_answered:
            is_answered = listen(piece).may_hold_items()
    earlier -= not is_answered  # then the last turn with an answer is the one that is read
    if earlier < 1:
        return ()
    were = "turn with an answer was" if earlier == 1 else "turns with answers were"
    return (Note("several_answers", f"read the model's last turn; {earlier} earlier {were} not read"),)


def with_notes(source: ReplySource, notes: tuple[Note, ...]) -> ReplySource:
    """Return a source about which more is to be said; one that is read no further stays as it is."""
    if not notes or source.absence is not None:
        return source
    if source.parts:
        return source._replace(notes=(*source.notes, *notes))
    return ReplySource(parts=(source,), model=source.model, notes=notes)


def with_failure(source: ReplySource, failure: Any) -> ReplySource:
    """Return a source beside which an error stands, as at the end of a stream that broke off.

    Parameters
    ----------
    source : ReplySource
        Earlier turns.
    failure : dict
        The object of the error.
    """
    if source.absence is not None:
        return source
    described = api_error(failure) or "an error"
    cause = f"beside the answer stands {described}"
    note = Note("api_error", f"expected a reply, got {described}")
    return ReplySource(parts=(source,), ending=note, cause=cause, model=source.model)


def _different(held: Any) -> list[Speech]:
    """Return the different answers among alternatives; those that say nothing are none."""
    different: list[Speech] = []
    entries = as_list(held)
    for entry in entries[:_MAX_COMPARED] if len(entries) > 1 else ():
        said = listen(entry)
        if said.says_anything() and said not in different:
            different.append(said)
    return different
