"""Read only the model's last turn of a text: without its thoughts, and without the prompt that a template repeats."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_THOUGHT: Final = re.compile(
    r"<(?P<close>/)?(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis)>"
    r"|◁(?P<close_2>/)?think▷|(?P<open_3><\|channel>thought)|(?P<close_3><channel\|>)|\[(?P<close_4>/)?THINK\]",
    re.IGNORECASE,
)
_WORDS_OF_THOUGHTS: Final = ("think", "thought", "reasoning", "reflection", "scratchpad", "analysis>", "channel|>")
"""One of these is in every mark of a thought: looking for them is quick, and most replies have none."""

_CHANNEL: Final = re.compile(r"<\|channel\|>\s*(\w+)[^<\n]{0,80}(?:<\|constrain\|>\w*)?<\|message\|>")
_TURN: Final = re.compile(
    r"<start_of_turn>\s*(?P<gemma>\w+)|<\|turn>\s*(?P<turn>\w+)|<\|im_start\|>\s*(?P<chat>\w+)"
    r"|<\|start_header_id\|>\s*(?P<header>\w+)\s*<\|end_header_id\|>|<\|start\|>\s*(?P<harmony>\w+)"
    r"|<\|(?P<plain>user|assistant|system)\|>|<[｜|](?P<wide>User|Assistant)[｜|]>"
    r"|(?P<user>\[INST\])|(?P<model>\[/INST\])"
)
_END: Final = re.compile(
    r"<end_of_turn>|<turn\|>|<\|im_end\|>|<\|eot_id\|>|<\|end\|>|<\|return\|>|<\|call\|>|</s>|<eos>|<\|endoftext\|>"
    r"|<[｜|]end▁of▁sentence[｜|]>|<\|end_of_text\|>"
)
_SIGNS: Final = ("<start_of_turn>", "<|", "[/INST]", "<｜")
_USERS: Final = "user|human|system|prompt|question|instruction|you|me|q"
_MODELS: Final = "assistant|ai|gemini|model|gemma|gpt|chatgpt|claude|qwen|bot|answer|response|a"
_NAMED: Final = re.compile(
    rf"^[ \t]*[*_#]{{0,3}}[ \t]?(?:(?P<user>{_USERS})|(?P<model>{_MODELS}))(?:[*_]{{0,3}}[ \t]?:[*_]{{0,3}}|(?=\r?\n))"
    r"|(?<=\s)(?-i:(?P<user_2>USER)|(?P<model_2>ASSISTANT)):",
    re.IGNORECASE | re.MULTILINE,
)
_BRACKET: Final = re.compile(r"[\[{<]")
_MODEL_NAMES: Final = frozenset(("assistant", "model", "ai", "gpt", "bot"))


class SpokenText(NamedTuple):
    """The model's last turn, and whether the text before it may hold items."""

    text: str
    leaves_out_items: bool


def spoken_in(text: str) -> SpokenText | None:
    """Return the model's last turn of a text without its thoughts; None for a text without such marks.

    >>> spoken_in("<think>[1]</think>[2]")
    SpokenText(text='[2]', leaves_out_items=True)
    >>> spoken_in("USER: like [1] ASSISTANT: [2]").text, spoken_in("[2]")
    (' [2]', None)
    """
    said = _final_channel(_last_turn(text))
    said = _without_thoughts(said)
    if said is text:
        return None
    left_out = len(_BRACKET.findall(_END.sub("", _plain(text)))) > len(_BRACKET.findall(said))
    return SpokenText(said, left_out)


def _plain(text: str) -> str:
    """Return a text without the marks themselves, which have brackets, too."""
    return _THOUGHT.sub("", _TURN.sub("", _CHANNEL.sub("", text)))


def _last_turn(text: str) -> str:
    """Return what the model wrote last by the marks of a template, or by names before the turns."""
    if any(sign in text for sign in _SIGNS):
        turns = list(_TURN.finditer(text))
        if turns and not _is_in_string(text, turns[0].start()):
            return _after_last(text, [(turn, _is_model(turn)) for turn in turns])
    first = _NAMED.match(text, len(text) - len(text.lstrip()))
    if first is None or not _is_user(first):
        return text
    return _after_last(text, [(turn, not _is_user(turn)) for turn in _NAMED.finditer(text)])


def _after_last(text: str, turns: list[tuple[re.Match[str], bool]]) -> str:
    """Return the last turns of the model without a user's between them; the text itself if none is the model's."""
    last = next((i for i in range(len(turns) - 1, -1, -1) if turns[i][1]), None)
    if last is None:
        return text
    stop = turns[last + 1][0].start() if last + 1 < len(turns) else len(text)
    first = last
    while first > 0 and turns[first - 1][1]:
        first -= 1
    said = text[turns[first][0].end() : stop]
    if "<|channel|>" in said:
        return said
    return _END.split(said, maxsplit=1)[0] if first == last else _END.sub("\n", _TURN.sub("\n", said))


def _is_model(turn: re.Match[str]) -> bool:
    if turn["model"]:
        return True
    names = (turn["gemma"], turn["turn"], turn["chat"], turn["header"], turn["harmony"], turn["plain"], turn["wide"])
    return next((name.lower() for name in names if name), "") in _MODEL_NAMES


def _is_user(turn: re.Match[str]) -> bool:
    return bool(turn["user"] or turn["user_2"])


def _final_channel(text: str) -> str:
    """Return the last message in the channel ``final``; an empty text if all others are thoughts."""
    if "<|channel|>" not in text:
        return text
    channels = list(_CHANNEL.finditer(text))
    if not channels or _is_in_string(text, channels[0].start()):
        return text
    final = next((channel for channel in reversed(channels) if channel[1] == "final"), None)
    return "" if final is None else _END.split(text[final.end() :], maxsplit=1)[0]


def _without_thoughts(text: str) -> str:
    """Return a text without its thoughts; a closing mark without an opening one ends a thought from the beginning."""
    kept: list[str] = []
    at, is_open, is_any = 0, False, False
    folded = text.lower()
    for mark in _THOUGHT.finditer(text) if any(word in folded for word in _WORDS_OF_THOUGHTS) else ():
        if not is_any and _is_in_string(text, mark.start()):
            return text
        is_any = True
        closes = mark["close"] or mark["close_2"] or mark["close_3"] or mark["close_4"]
        if closes:
            kept = kept if is_open else []
        elif not is_open:
            kept.append(text[at : mark.start()])
        at, is_open = mark.end(), not closes
    if not is_any:
        return text
    return "\n".join(kept if is_open else [*kept, text[at:]]).strip()


def _is_in_string(text: str, at: int) -> bool:
    """Tell whether a mark stands in a string of JSON, as in the line of a log: not at the start of a line."""
    before = text[:at]
    quotes = before.count('"') - before.count('\\"')
    return quotes % 2 == 1 and not before.rstrip(" \t").endswith("\n")
