"""Read `models.toml` and a file of the user, check every key, and merge them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from maskmill._model_ends import MODEL_ENDS
from maskmill.errors import ArgumentError, excerpt

from ..._safe_text import replace_surrogates

_BUILT_IN: Final = Path(__file__).with_name("models.toml")


class _Check(NamedTuple):
    wanted: str
    is_valid: Callable[[Any], bool]


def read_models(path: Path | None) -> dict[str, Any]:
    """Read the built-in table with the changes of a file; every value has its type, every name is known.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file cannot be read, or a key or value in it cannot be used.
    """
    table = _with_ends(_read(_BUILT_IN))
    if path is None:
        return table
    place = replace_surrogates(str(path))
    changes = _read(path)
    _check(changes, _TOP, place)
    for name, entry in changes.get("families", {}).items():
        _check(entry, _FAMILY, f"{place}: families.{name}")
        _check_new_family(name, {**table["families"].get(name, {}), **entry}, place)
    merged = _merge(table, changes)
    _check_names(merged, place)
    return merged


def _read(path: Path) -> dict[str, Any]:
    wanted, place = "a TOML file with models", replace_surrogates(str(path))
    try:
        return tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise ArgumentError(wanted, error.strerror or type(error).__name__, place) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ArgumentError(wanted, f"one that is damaged ({error})", place) from None
    except ValueError:  # a name that cannot be one
        raise ArgumentError(wanted, "a name that no file can have", place) from None


def _with_ends(table: dict[str, Any]) -> dict[str, Any]:
    """Add the ends of models, which the engine knows."""
    for end in MODEL_ENDS:
        table["families"][end.family].update(retires=end.day, routed=end.routed or None)
    return table


def _merge(table: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    families = dict(table["families"])
    for name, entry in changes.get("families", {}).items():
        families[name] = {**families.get(name, {}), **entry}
    guess = {**table["guess"], **changes.get("guess", {})}
    guess["item"] = {**table["guess"]["item"], **changes.get("guess", {}).get("item", {})}
    return {**table, **changes, "families": families, "guess": guess}


def _check(entry: Mapping[str, Any], checks: Mapping[str, Any], place: str) -> None:
    """Raise for an unknown key and for an invalid value."""
    for key, value in entry.items():
        at = f"{place}{'.' if ': ' in place else ': '}{key}"
        check = checks.get(key)
        if check is None:
            raise ArgumentError(f"one of the keys {', '.join(checks)}", replace_surrogates(key), place)
        if isinstance(check, _Check):
            if not check.is_valid(value):
                raise ArgumentError(check.wanted, excerpt(value), at)
        elif not isinstance(value, dict):
            raise ArgumentError("a table", excerpt(value), at)
        else:
            _check(value, check, at)


def _check_new_family(name: str, entry: Mapping[str, Any], place: str) -> None:
    for key in ("form", "prompt"):
        if key not in entry:
            raise ArgumentError(f"the key {key}, as the family is a new one", "none", f"{place}: families.{name}")


def _check_names(table: dict[str, Any], place: str) -> None:
    """Raise for the name of a family that does not exist, and for a circle of successors."""
    families = table["families"]
    for key in ("default", "rings"):
        _check_known(table[key], families, f"{place}: {key}")
    for name in families:
        chain = [name]
        while (successor := families[chain[-1]].get("successor")) is not None:
            _check_known(successor, families, f"{place}: families.{chain[-1]}.successor")
            if successor in chain:
                raise ArgumentError(
                    "successors that come to an end", f"{successor} again", f"{place}: families.{name}.successor"
                )
            chain.append(successor)


def _check_known(name: str, families: Mapping[str, Any], at: str) -> None:
    if name not in families:
        raise ArgumentError("the name of a family", excerpt(name), at)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < 10**9


def _is_date(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_price(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"since", "input", "output"}
        and _is_date(value["since"])
        and _is_number(value["input"])
        and _is_number(value["output"])
    )


def _one_of(*values: str) -> _Check:
    return _Check(f"one of {', '.join(values)}", lambda value: isinstance(value, str) and value in values)


_TEXT: Final = _Check("a text", _is_text)
_DATE: Final = _Check("a date such as 2026-12-01, without quotes", _is_date)
_NUMBER: Final = _Check("a number that is not negative", _is_number)
_COUNT: Final = _Check("an integer that is not negative", lambda value: type(value) is int and _is_number(value))
_FAMILY: Final = {
    "names": _Check("a list of patterns", lambda v: isinstance(v, list) and all(map(_is_text, v))),
    "form": _one_of("png", "ring", "ring_yx", "boxes", "none"),
    "prompt": _one_of("png", "ring", "boxes"),
    "settings": _Check("a table of settings", lambda value: isinstance(value, dict)),
    "evidence": _TEXT,
    "mark": _one_of("checked", "documented", "reported", "inferred"),
    "retires": _DATE,
    "routed": _TEXT,
    "successor": _TEXT,
    "prices": _Check(
        "a list of {since = 2026-01-01, input = 0.5, output = 2.5}",
        lambda value: isinstance(value, list) and all(map(_is_price, value)),
    ),
    "priced": _DATE,
    "image": _Check('an integer or "tiles"', lambda value: value == "tiles" or _COUNT.is_valid(value)),
    "thoughts": _COUNT,
}
_GUESS: Final = {
    "text": _Check("a number above 0", lambda value: _is_number(value) and value > 0),
    "items": _NUMBER,
    "item": {"png": _NUMBER, "ring": _NUMBER, "boxes": _NUMBER},
}
_TOP: Final = {
    "default": _TEXT,
    "rings": _TEXT,
    "batch": _NUMBER,
    "guess": _GUESS,
    "families": _Check(
        "a table of families",
        lambda value: isinstance(value, dict) and all(isinstance(v, dict) for v in value.values()),
    ),
}
