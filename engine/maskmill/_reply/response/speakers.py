"""Who wrote a piece of a response: the model, the model in its thoughts, a tool, or the user."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

from .access import as_word, class_of, get_field, is_record
from .calls import is_call

Speaker = Literal["model", "thought", "tool", "user", ""]
"""Empty: the piece does not say."""

_BY_NAME: Final[dict[str, Speaker]] = {
    **dict.fromkeys(("assistant", "model", "ai", "gpt", "bot", "chatbot", "aimessagechunk", "aimessage"), "model"),
    **dict.fromkeys(("model_output", "text", "output_text", "message", "output_message", "refusal"), "model"),
    **dict.fromkeys(("function_call", "tool_use", "tool_call", "tool-call", "text_delta", "custom_tool_call"), "model"),
    **dict.fromkeys(("user", "human", "system", "developer", "user_input", "input_text", "instructions"), "user"),
    **dict.fromkeys(("tool", "function", "ipython", "observation", "environment", "tool-result"), "tool"),
    **dict.fromkeys(("thought", "thinking", "redacted_thinking", "reasoning", "analysis", "summary_text"), "thought"),
    **dict.fromkeys(("reasoning_text", "reasoning_content", "thinking_delta", "signature_delta", "critic"), "thought"),
}
"""By the folded name of a role or a type."""

_TOOL: Final = re.compile(r"(?:_result|_response|_call_output|_search_call|_execution_call|_context_call|_maps_call)$")
_THOUGHT: Final = re.compile(r"^(?:thought|thinking|reasoning)")
_CLASSES: Final[tuple[tuple[re.Pattern[str], Speaker], ...]] = (
    (re.compile(r"^(?:Human|User|System|Developer|ChatCompletion(?:User|System)|ResponseInput)"), "user"),
    (re.compile(r"^(?:Tool|Function)(?:Message|Result|Response)|^ToolReturn|Result(?:Step|Block|Part)$"), "tool"),
    (re.compile(r"^(?:Thought|Thinking|Reasoning|RedactedThinking)|ReasoningItem$"), "thought"),
    (re.compile(r"^(?:AI|Assistant|Model)\w*Message|^ChatCompletionMessage|^ModelOutput|^ModelContent"), "model"),
)


def speaker_of(piece: Any) -> Speaker:
    """Return who wrote a message, a step, a part or a block.

    >>> [speaker_of(piece) for piece in ({"role": "user"}, {"type": "thinking"}, {"text": "a", "thought": True}, {})]
    ['user', 'thought', 'thought', '']
    """
    if not is_record(piece):
        return ""
    if get_field(piece, "thought") is True:
        return "thought"
    if is_call(piece):
        return "model"
    name = class_of(piece)
    for pattern, speaker in _CLASSES if name else ():
        if pattern.search(name):
            return speaker
    names = (as_word(get_field(piece, name)).lower() for name in ("role", "type", "from", "author", "_role"))
    return next((speaker for name in names if name and (speaker := _by_name(name))), "")


def _by_name(name: str) -> Speaker:
    if name in _BY_NAME:
        return _BY_NAME[name]
    if _TOOL.search(name):
        return "tool"
    return "thought" if _THOUGHT.match(name) else ""


def is_unspoken(piece: Any) -> bool:
    """Tell whether a piece holds none of the model's answer: the prompt, a thought, the result of a tool.

    >>> is_unspoken({"role": "user", "content": "[]"}), is_unspoken({"text": "[]"})
    (True, False)
    """
    return speaker_of(piece) in ("user", "tool", "thought")


def runs_of_model(pieces: list[Any]) -> list[list[Any]]:
    """Return the runs of what the model wrote after the last message of the user; a tool's result begins another run.

    >>> runs_of_model([{"role": "user"}, {"role": "model", "text": "a"}, {"role": "tool"}, {"role": "model"}])
    [[{'role': 'model', 'text': 'a'}], [{'role': 'model'}]]
    """
    runs: list[list[Any]] = [[]]
    after_user = False
    for piece in pieces:
        speaker = speaker_of(piece)
        after_user = after_user or speaker == "user"
        if speaker == "tool":
            runs.append([])
        elif speaker in ("model", ""):
            runs = [[]] if after_user else runs
            after_user = False
            runs[-1].append(piece)
    return [run for run in runs if run]
