"""Statuses and codes of problems, each with its sentence and advice."""

from __future__ import annotations

from collections.abc import Iterable

from maskmill import Problem, ReplyStatus, Status
from maskmill.status import MENDED, REPLY_CODES

from .markdown import code, table


def rows() -> str:
    """Return the statuses of rows."""
    return _outcomes(Status)


def replies() -> str:
    """Return the statuses of replies."""
    return _outcomes(ReplyStatus)


def row_codes() -> str:
    """Return the codes of problems of rows that have a mask."""
    cells = ((code(name), sentence, Problem(0, name, sentence).advice) for name, sentence in sorted(MENDED.items()))
    return table(("code", "meaning", "what to do"), cells)


def reply_codes() -> str:
    """Return the codes of problems of a reply as a whole."""
    cells = (
        (code(name), sentence, Problem(None, name, sentence).advice) for name, sentence in sorted(REPLY_CODES.items())
    )
    return table(("code", "meaning", "what to do"), cells)


def _outcomes(outcomes: Iterable[Status] | Iterable[ReplyStatus]) -> str:
    cells = ((code(outcome.value), outcome.sentence, outcome.advice) for outcome in outcomes)
    return table(("status", "meaning", "what to do"), cells)
