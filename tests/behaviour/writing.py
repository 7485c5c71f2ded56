"""Values as plain lines: JSON that is the same for equal values, and digests of what is long."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

LONG = 3000
"""Characters of a value past which its digest stands for it."""


def dumps(value: Any) -> str:
    """JSON of a value: keys sorted, everything ASCII, NaN kept, other types by their repr."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, default=repr)


def digest(value: Any) -> str:
    """SHA-256 of bytes, an array (its type and shape counted) or any value that has JSON."""
    if isinstance(value, np.ndarray):
        return sha256(f"{value.dtype}{value.shape}".encode() + np.ascontiguousarray(value).tobytes()).hexdigest()
    return sha256(value if isinstance(value, bytes) else dumps(value).encode()).hexdigest()


def short(value: Any) -> Any:
    """The value, or its digest where it is long."""
    return value if len(dumps(value)) <= LONG else {"sha256": digest(value)}


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write a row of JSON a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="ascii") as file:
        file.writelines(dumps(row) + "\n" for row in rows)


def tried(act: Callable[[], Any]) -> dict[str, Any]:
    """What an act gives or raises, and the warnings on the way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = {"gives": act()}
        except Exception as error:
            result = {"raises": raised(error)}
    warned = [[w.category.__name__, str(w.message)] for w in caught if w.category is not ResourceWarning]
    return {**result, "warns": warned} if warned else result


def raised(error: Exception) -> dict[str, str]:
    """An exception by its class, the bases that a caller may catch, its text and repr."""
    bases = [base.__name__ for base in type(error).__mro__[1:-1]]
    return {"type": type(error).__name__, "bases": " ".join(bases), "text": str(error), "repr": repr(error)}
