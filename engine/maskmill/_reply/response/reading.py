"""Read responses: each one, the pieces of a streamed one, or those that the values of a text hold."""

from __future__ import annotations

import re
from typing import Any, Final

from ...errors import excerpt
from ...status import Note, ReplyStatus
from ..keys import FIELDS, KNOWN, fold_keys
from ..prints import SHORTENED
from ..recovery.cursor import Recovered
from ..reply_source import ReplySource, absent_reply
from ..strict_json import parse_json
from .access import as_list, get_field, is_record
from .answers import count_answers, count_keys, inlined_in, is_part, is_refusal_of_several, is_whole, several_answers
from .detection import is_response, list_in, response_in
from .endings import CUT, Ending, ending_of, reason_of
from .events import is_event, response_of_events
from .interactions import ending_of_interaction, is_interaction, listen_to_interaction
from .others import notes_on_others, notes_on_turns, with_failure, with_notes
from .pieces import joined_calls
from .speakers import runs_of_model, speaker_of
from .speech import Speech, listen

_TEXT_KEYS: Final = frozenset(
    (
        *("text", "reply", "response", "content", "output", "completion", "answer", "generation", "output_text"),
        *("model_output", "raw_response", "generated_text", "prediction", "outputText"),
    )
)
_PART_KEYS: Final = frozenset(("text", "content"))
"""Names under which the parts of one answer hold their texts."""

_SHORTENED: Final = Ending("no_json", SHORTENED, "", SHORTENED)
_MAX_CALLS: Final = 200
_REQUESTS: Final = ("inputs", "input", "request", "prompt", "prompts", "messages", "extra", "serialized")
"""Fields of a row that hold the question, never an answer."""

_BRACKET: Final = re.compile(r"[\[{<]")
_MODEL_KEYS: Final = ("model_version", "modelVersion", "model", "model_name", "model_id")
_CHOICES: Final = ("candidates", "choices")


def read_response(response: Any) -> ReplySource:
    """Read what the model said in a response, or the reason why it said nothing.

    >>> read_response({"candidates": [{"content": {"parts": [{"text": "[]"}]}}]}).text
    '[]'
    """
    ending = ending_of_interaction(response) if is_interaction(response) else ending_of(response)
    source = _source(_said_in(response), ending, reason_of(response))._replace(model=model_of(response))
    return with_notes(source, notes_on_others(response))


def read_stream(responses: list[Any]) -> list[ReplySource]:
    """Read the joined text of a streamed response; several answers are refused, a repeated one is read once."""
    said = [_said_in(response) for response in responses]
    count = count_answers(responses, said)
    if count > 1:
        return [several_answers(count)]
    speaking = [response for response, each in zip(responses, said, strict=True) if each.says_anything()]
    if len(responses) == 1 or (len(speaking) > 1 and all(map(is_whole, said))):
        return _without_repetitions([read_response(response) for response in speaking or responses])
    texts = [text for each in said for text in each.texts]
    calls = joined_calls(responses) or [call for each in said for call in each.calls]
    if not any(map(str.strip, texts)) and not calls:
        return [_most_telling([read_response(response) for response in responses], responses)]
    gaps = [gap for each in said for gap in each.gaps]
    endings = [ending for response in responses if (ending := ending_of(response))]
    model = next(filter(None, map(model_of, responses)), "")
    return [_source(Speech(texts, calls, [], gaps), endings[-1] if endings else None, "")._replace(model=model)]


def responses_in(values: list[Any]) -> list[ReplySource]:
    """Return what responses, messages, events of a stream or objects around one text say, if values are these alone.

    >>> responses_in([{"text": "[]"}])[0].text
    '[]'
    """
    entries = [entry for value in values for entry in _entries_of(value)]
    if entries and (inlined := inlined_in(entries[0])):
        return [several_answers(len(inlined))] if len(inlined) > 1 else responses_in(inlined)
    if count := _count_inside(entries):
        return [several_answers(count)]
    entries = [entry for entry in entries if not (isinstance(entry, Recovered) and entry.is_cut and not _pieces(entry))]
    first = next((entry for entry in entries if not _is_failure(entry)), None)
    if first is None or not all(map(is_record, entries)) or not _may_be_response(first):
        return []
    if all(map(is_event, entries)):
        return [read_response(response_of_events(entries))]
    if any(speaker_of(entry) in ("user", "tool", "thought") for entry in entries):
        return _read_dialogue(entries)
    return _read_rows(entries)


def _count_inside(entries: list[Any]) -> int:
    """Return how many answers stand in lists, or in an object that is no response; 0 unless there are several."""
    if len(entries) > 1 and all(isinstance(entry, list) and entry for entry in entries):
        return len(entries) if all(map(_is_answer_list, entries)) else 0
    fields = entries[0].items() if len(entries) == 1 and isinstance(entries[0], dict) else ()
    held = [each for name, each in fields if name not in _REQUESTS]
    lists = [each for each in held if isinstance(each, list) and len(each) > 1 and _is_answer_list(each)]
    are_records = len(held) > 1 and all(isinstance(each, dict) for each in held)
    if not (lists or are_records) or response_in(entries[0]) is not None:
        return 0
    if are_records:
        return len(held) if all(response_in(each) is not None for each in held) else 0
    return len(lists[0]) if len(lists) == 1 and is_refusal_of_several(responses_in(lists)) else 0


def _is_answer_list(entries: list[Any]) -> bool:
    """Tell whether a list begins with a response or a row, and not with an item."""
    return isinstance(entries[0], dict) and bool(_pieces(entries[0]))


def _entries_of(value: Any) -> list[Any]:
    """Return the entries of a list, without those that stand for a request that failed; or the value alone."""
    if not isinstance(value, list):
        return [value]
    return [entry for entry in value if entry is not None]


def _is_failure(entry: Any) -> bool:
    """Tell whether a row holds an error in place of an answer."""
    return isinstance(entry, dict) and bool(entry.get("error")) and not _pieces(entry)


def _read_rows(entries: list[Any]) -> list[ReplySource]:
    """Read responses, or rows around one answer each; rows with different keys are several answers."""
    held = [_pieces(entry) for entry in entries]
    lists = [None if pieces else list_in(entry) for entry, pieces in zip(entries, held, strict=True)]
    answers = [
        bool(pieces) or bool(inner) or _is_failure(entry)
        for entry, pieces, inner in zip(entries, held, lists, strict=True)
    ]
    if not all(answers):
        return []
    count = count_keys(entries) if len(entries) > 1 else 1
    if count > 1:
        return [several_answers(count)]
    failures = [entry for entry in entries if _is_failure(entry)]
    if failures and len(failures) < len(entries):
        rest = _read_rows([entry for entry in entries if not _is_failure(entry)])
        return [*rest[:-1], with_failure(rest[-1], failures[0])] if rest else []
    if all(lists):
        rows = [responses_in([inner]) for inner in lists]
        if not all(rows):
            return []
        return [several_answers(len(rows))] if len(rows) > 1 else rows[0]
    if not all(held):
        return []
    return read_stream(entries) if all(map(is_response, entries)) else _read_held(entries)


def model_of(response: Any) -> str:
    """Return the model that a response names; empty if it names none.

    >>> model_of({"candidates": [], "modelVersion": "models/gemini-3.6-flash"})
    'gemini-3.6-flash'
    """
    name = get_field(response, *_MODEL_KEYS)
    return name.removeprefix("models/")[:200] if isinstance(name, str) else ""


def _may_be_response(entry: Any) -> bool:
    """Tell whether an object may be a response, an event, a message or a row around one, and is no item."""
    if isinstance(entry, dict) and not FIELDS.isdisjoint(fold_keys(entry)):
        return False
    return bool(is_event(entry) or speaker_of(entry) or _pieces(entry) or list_in(entry))


def _read_dialogue(entries: list[Any]) -> list[ReplySource]:
    """Read the model's last turn of a dialogue, or its output among blocks of thought."""
    if not all(speaker_of(entry) or listen(entry).says_anything() for entry in entries):
        return []
    runs = [run for run in runs_of_model(entries) if listen(run).says_anything()]
    holding = [run for run in runs if listen(run).may_hold_items()]
    if not runs:
        return [absent_reply(ReplyStatus.EMPTY, "expected a message of the model, got none")]
    sources = read_stream((holding or runs)[-1])
    return [*sources[:-1], with_notes(sources[-1], notes_on_turns(entries))]


def _read_held(pieces: list[Any]) -> list[ReplySource]:
    """Read objects around one text or response each: as pieces, or one by one where each is a part by itself."""
    inner = [response_in(piece) for piece in pieces]
    if all(response is not None for response in inner):
        return read_stream(inner)
    texts = [_held(piece) or "" for piece, response in zip(pieces, inner, strict=True) if response is None]
    if len(texts) == len(pieces) > 1:
        count = _count_replies(pieces, texts)
        if count > 1:
            return [several_answers(count)]
        joined = "".join(texts)
        is_broken = any(parse_json(text) is None for text in texts)
        if is_broken and (parse_json(joined) is not None or all("done" in piece for piece in pieces)):
            return [ReplySource(joined)]
    sources = [
        ReplySource(_held(piece) or "") if response is None else read_response(response)
        for piece, response in zip(pieces, inner, strict=True)
    ]
    return _without_repetitions(sources)


def _count_replies(pieces: list[Any], texts: list[str]) -> int:
    """Return how many answers objects around one text each are; 1 where these may be parts of one."""
    are_named = all(_PART_KEYS.isdisjoint(piece) or not is_part(piece) for piece in pieces)
    return len(set(texts)) if are_named and all(parse_json(text) is not None for text in texts) else 1


def _without_repetitions(sources: list[ReplySource]) -> list[ReplySource]:
    """Return the sources without texts that came before, as a log may hold one answer twice."""
    seen: set[str] = set()
    kept = []
    for source in sources:
        text = source.text.strip()
        if not text or text not in seen:
            kept.append(source)
            seen.add(text)
    return kept


def _pieces(entry: Any) -> list[Any]:
    """Return the response or text-holding object that an entry is; empty if it is none."""
    return [entry] if is_record(entry) and (response_in(entry) is not None or _held(entry) is not None) else []


def _held(piece: Any) -> str | None:
    """Return the text under one of the usual keys of an object; None if there is none or the object is an item."""
    keys = _TEXT_KEYS.intersection(piece) if isinstance(piece, dict) else ()
    texts = {piece[key] for key in keys if isinstance(piece[key], str)}
    if len(texts) != 1:
        return None
    text = texts.pop()
    names = fold_keys(piece)
    has_label = not KNOWN.isdisjoint(names) and _BRACKET.search(text) is None
    return text if FIELDS.isdisjoint(names) and not has_label else None


def _said_in(response: Any) -> Speech:
    return listen_to_interaction(response) if is_interaction(response) else listen(response)


def _most_telling(sources: list[ReplySource], responses: list[Any]) -> ReplySource:
    """Return the source that says best why a streamed response has no text."""
    telling = [source for source in sources if source.absence and source.absence.code != ReplyStatus.EMPTY]
    answered = [source for source, response in zip(sources, responses, strict=True) if _answers(response)]
    return (telling or answered or sources)[-1]


def _answers(response: Any) -> bool:
    return bool(as_list(get_field(response, *_CHOICES)))


# From the model's words to a source.


def _source(said: Speech, ending: Ending | None, reason: str) -> ReplySource:
    text = "".join(said.texts)
    parts = [ReplySource(text)] if text.strip() else []
    parts += _parts_of_calls(said.calls)
    if said.refusals:
        refusal = excerpt(said.refusals[0], 200)
        ending = Ending("blocked", f"the model refused: {refusal}", refusal, f"the model refused in part: {refusal}")
    if said.gaps:
        ending = _SHORTENED
    if not parts:
        return ReplySource(absence=_absence(ending, reason))
    if ending is None:
        return parts[0] if len(parts) == 1 else ReplySource(parts=tuple(parts))
    note = Note(ending.code, ending.message, ending.excerpt)
    return ReplySource(parts=tuple(parts), ending=note, cause=ending.cause)


def _parts_of_calls(calls: list[Any]) -> list[ReplySource]:
    """Return the arguments of calls as parts; of many, the objects in one list, so that each costs little."""
    if len(calls) > _MAX_CALLS:
        values = [parse_json(call) if isinstance(call, str) else call for call in calls]
        return [ReplySource(value=[value for value in values if value is not None])]
    return [ReplySource(call) if isinstance(call, str) else ReplySource(value=call) for call in calls]


def _absence(ending: Ending | None, reason: str) -> Note:
    """Explain why there is no text: the service refused or failed, or the response ended before any."""
    if ending is not None and ending.code != "ended_early":
        return Note(ending.code, ending.message, ending.excerpt)
    remedy = "send the request again"
    if reason == "CONTINUATION":
        remedy = "continue it with its continuation token"
    elif reason in CUT:
        remedy = "thinking takes from the same limit, so raise max_output_tokens or switch thinking off"
    cause = f"its finish reason is {reason or 'not given'}"
    return Note(str(ReplyStatus.EMPTY), f"expected text in the response, got none, and {cause}; {remedy}")
