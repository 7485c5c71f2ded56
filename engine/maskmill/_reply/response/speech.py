"""What the model said in a response: texts, the arguments of its function calls, and refusals."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from ..prints import Gap
from .access import LEVELS, get_field, is_record
from .calls import calls_in, is_call
from .speakers import is_unspoken, runs_of_model, speaker_of

_INNER: Final = (
    *(
        "candidates",
        "choices",
        "generations",
        "steps",
        "messages",
        "conversations",
        "predictions",
        "replies",
        "outputs",
    ),
    *("output", "message", "data", "delta", "content", "_content", "parts", "blocks", "text", "generated_text"),
    *("completion", "kwargs", "result", "response", "value", "token", "output_text"),
)
"""Names under which the next level of a response stands, the most telling first; the first that speaks counts."""

_ALTERNATIVES: Final = frozenset(("candidates", "choices", "generations"))
_BRACKET: Final = re.compile(r"[\[{<]")


class Speech(NamedTuple):
    """What the model said.

    Attributes
    ----------
    texts : list of str
        Texts that are to be joined to one.
    calls : list
        Arguments of function calls: objects, or their JSON as texts.
    refusals : list of str
        Sentences that a service marks as refusals.
    gaps : list of Gap
        What a print leaves out where the model's words stand.
    """

    texts: list[str]
    calls: list[Any]
    refusals: list[str]
    gaps: list[Gap]

    def says_anything(self) -> bool:
        """Tell whether there is a text that is not blank, a call or a refusal."""
        return bool(self.calls or self.refusals) or any(map(str.strip, self.texts))

    def may_hold_items(self) -> bool:
        """Tell whether there is a call, or a text with a bracket."""
        return bool(self.calls) or any(map(_BRACKET.search, self.texts))


def listen(node: Any, levels: int = LEVELS) -> Speech:
    """Return what the model said in a response or a part of it; thoughts, prompts and results of tools are skipped.

    >>> listen({"choices": [{"message": {"role": "assistant", "content": "[]"}}]}).texts
    ['[]']
    """
    if isinstance(node, Gap):
        return Speech([], [], [], [node])
    if isinstance(node, str):
        return Speech([node], [], [], [])
    if levels == 0 or node is None:
        return _SILENCE
    if isinstance(node, (list, tuple)):
        return _listen_to_list(list(node), levels - 1)
    if not is_record(node) or is_unspoken(node):
        return _SILENCE
    refusal = get_field(node, "refusal")
    more = get_field(node, "additional_kwargs")
    refusal = get_field(more, "refusal") if refusal is None and is_record(more) else refusal
    calls = calls_in(node)
    said = Speech(
        [],
        [call for call in calls if not isinstance(call, Gap)],
        [refusal] if isinstance(refusal, str) and refusal.strip() else [],
        [call for call in calls if isinstance(call, Gap)],
    )
    return said if is_call(node) else _added(said, _inner(node, levels - 1))


def _inner(node: Any, levels: int) -> Speech:
    """Return the model's words at the next level, under the first name that holds any."""
    for name in _INNER:
        held = get_field(node, name)
        if name == "data" and isinstance(held, str):  # of a picture
            continue
        alternatives = held if name in _ALTERNATIVES and isinstance(held, (list, tuple)) else (held,)
        for each in alternatives:
            if each is not None and ((said := listen(each, levels)).says_anything() or said.gaps):
                return said
    return _SILENCE


def _listen_to_list(nodes: list[Any], levels: int) -> Speech:
    """Return the model's words in parts that belong together; of a dialogue, in its last turn."""
    if nodes and all(is_record(node) and get_field(node, "text") is not None for node in nodes) and _are_outputs(nodes):
        return listen(nodes[0], levels)  # alternatives of one prompt
    if not any(speaker_of(node) in ("user", "tool") for node in nodes):
        return _merged([listen(node, levels) for node in nodes])
    return last_of([_merged([listen(node, levels) for node in run]) for run in runs_of_model(nodes)])


def _are_outputs(nodes: list[Any]) -> bool:
    """Tell whether entries are whole outputs with the numbers of their tokens, as vLLM returns several of a prompt."""
    return all(get_field(node, "token_ids") is not None for node in nodes)


def last_of(said: list[Speech]) -> Speech:
    """Return the last of several turns that may hold items; the last that says anything if none may.

    >>> last_of([Speech(["[]"], [], [], []), Speech(["Done."], [], [], [])]).texts
    ['[]']
    """
    telling = [each for each in said if each.says_anything() or each.gaps]
    holding = [each for each in telling if each.may_hold_items()]
    return (holding or telling or [_SILENCE])[-1]


def _merged(said: list[Speech]) -> Speech:
    merged = Speech([], [], [], [])
    for each in said:
        merged = _added(merged, each)
    return merged


def _added(first: Speech, second: Speech) -> Speech:
    lists: zip[tuple[list[Any], list[Any]]] = zip(first, second, strict=True)
    for mine, others in lists:
        mine.extend(others)
    return first


_SILENCE: Final = Speech([], [], [], [])
