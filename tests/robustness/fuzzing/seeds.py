"""The replies that mutants are made of: one of each form, and those of other models."""

from __future__ import annotations

import json
from typing import Any

from maskmill import samples
from support.model_examples import EXAMPLES
from support.replies import FORMS, item


def texts() -> list[str]:
    """Return replies as text, every form and every model."""
    examples = [example.reply for example in EXAMPLES.values()]
    replies = [value if isinstance(value, str) else json.dumps(value) for value in examples]
    mixed = [json.dumps([item(value, name) for name, value in FORMS.items()], indent=indent) for indent in (None, 1)]
    return [
        *replies,
        *mixed,
        samples.mixed(),
        *(f"Here:\n```json\n{json.dumps([item(v, 'a')])}\n```" for v in FORMS.values()),
    ]


def item_lists() -> list[list[dict[str, Any]]]:
    """Return lists of items with a label each, for mutants of the structure."""
    values = list(FORMS.items())
    return [
        [item(value, f"{name} {k}") for k, (name, value) in enumerate(values[start : start + 3])]
        for start in range(0, len(values), 2)
    ]
