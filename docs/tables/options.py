"""Options of decoding and limits, from signatures and docstrings."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import Final

import maskmill
from maskmill._frames import DIALECTS

from .docstrings import entries
from .markdown import code, table

_ORDER: Final = {"": "by the reply", "xy": "x, y", "yx": "y, x"}


def decoding() -> str:
    """Return the options of `maskmill.decode`."""
    signature = inspect.signature(maskmill.decode)
    rows = (
        (code(name), kind.replace("`", ""), _default(signature, name), meaning)
        for name, kind, meaning in entries(maskmill.decode)
    )
    return table(("option", "values", "default", "meaning"), rows)


def dialects() -> str:
    """Return what each dialect says about order and frame."""
    rows = (
        (
            code(name),
            _ORDER[layout.box_order],
            layout.box_frame or "by the reply",
            _ORDER[layout.mask_order],
            (layout.mask_frame or "by the reply").replace("box_unit", "0 to 1 within the box"),
        )
        for name, layout in DIALECTS.items()
    )
    return table(("dialect", "box order", "box frame", "polygon order", "polygon frame"), rows)


def limits() -> str:
    """Return the bounds on untrusted input."""
    meanings = {name: meaning for name, _, meaning in entries(maskmill.Limits)}
    rows = ((code(f.name), f"{f.default:,}", meanings[f.name]) for f in fields(maskmill.Limits))
    return table(("limit", "default", "meaning"), rows)


def _default(signature: inspect.Signature, name: str) -> str:
    default = signature.parameters[name].default
    if default is inspect.Parameter.empty:
        return "required"
    return code("Limits()" if isinstance(default, maskmill.Limits) else repr(default))
