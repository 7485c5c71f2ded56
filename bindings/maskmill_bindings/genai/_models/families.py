"""Families of models: the form of their masks, settings, retirement, prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

from maskmill.errors import expected

from .model_file import read_models

_NOTICE_DAYS: Final = 14
_IMAGE: Final = 1120
"""Tokens of an image for unknown models: the default of Gemini 3."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens since a day; output includes thoughts.

    >>> Price(date(2025, 6, 17), 0.30, 2.50).output
    2.5
    """

    since: date
    input: float
    output: float


@dataclass(frozen=True, slots=True)
class Family:
    """Models that behave alike.

    >>> family = load_models().family_of("gemini-2.5-flash")
    >>> family.form, family.settings
    ('png', {'temperature': 0.5, 'thinkingConfig': {'thinkingBudget': 0}})

    Attributes
    ----------
    name : str
        Name of the family, which is also that of a model.
    form : str
        Expected form of its masks: ``png``, ``ring``, ``ring_yx``, ``boxes`` or ``none``.
    prompt : str
        Kind of its prompt: ``png``, ``ring`` or ``boxes``, see `prompts`.
    settings : dict
        The request's ``generationConfig``, as the REST interface spells it.
    evidence, mark : str
        How the form is known, as a sentence and as ``checked``, ``documented``, ``reported`` or ``inferred``.
    names : tuple of str
        Patterns that the names of its models match.
    retires : date or None
        The day from which it does not answer; None: not known.
    routed : str or None
        Model that answers in its place from then on; None: none, or not known.
    successor : str or None
        Name of the family to use then.
    prices : tuple of Price
        Sorted by day; empty: not known.
    priced : date or None
        When the prices were looked up.
    image : int or str
        Tokens of an image; ``tiles``: by its size.
    thoughts : int
        Estimated tokens of thinking under these settings.
    is_known : bool
        False for a model that is not in the table.
    successor_family : Family or None
        The family of the successor.
    """

    name: str
    form: str
    prompt: str
    settings: dict[str, Any] = field(default_factory=dict, hash=False)
    evidence: str = ""
    mark: str = "inferred"
    names: tuple[str, ...] = ()
    retires: date | None = None
    routed: str | None = None
    successor: str | None = None
    prices: tuple[Price, ...] = ()
    priced: date | None = None
    image: int | str = _IMAGE
    thoughts: int = 0
    is_known: bool = True
    successor_family: Family | None = field(default=None, repr=False, compare=False)

    def is_retired(self, today: date) -> bool:
        """Tell whether it no longer answers on this day."""
        return self.retires is not None and today >= self.retires

    def price_on(self, day: date) -> Price | None:
        """Return its price on a day; None where that is not known."""
        return next((price for price in reversed(self.prices) if price.since <= day), None)

    def retirement_warning(self, today: date) -> str | None:
        r"""Warn of a family that is retired or will be within 14 days, with the successor and its price; else None.

        >>> warning = load_models().family_of("gemini-2.5-flash").retirement_warning(date(2026, 11, 28))
        >>> print(*warning.split(". "), sep="\n")
        gemini-2.5-flash retires on 2026-12-01; from then on gemini-3.5-flash-lite answers in its place, at its price
        Take gemini-3.6-flash: output 1.5 times as dear a token, ring instead of png, which is more tokens a mask.
        """
        if self.retires is None or (self.retires - today).days > _NOTICE_DAYS:
            return None
        was = "was retired" if self.is_retired(today) else "retires"
        routed = f"; from then on {self.routed} answers in its place, at its price" if self.routed else ""
        return f"{self.name} {was} on {self.retires}{routed}.{self._advice(max(today, self.retires))}"

    def _advice(self, day: date) -> str:
        if self.successor_family is None:
            return ""
        successor, facts = self.successor_family.answering_family(day), []
        ours, theirs = self.price_on(day), successor.price_on(day)
        if ours and theirs:
            facts.append(f"output {round(theirs.output / ours.output, 2):g} times as dear a token")
        if successor.form != self.form:
            more = ", which is more tokens a mask" if self.form == "png" else ""
            facts.append(f"{successor.form} instead of {self.form}{more}")
        return f" Take {successor.name}: {', '.join(facts)}." if facts else f" Take {successor.name}."

    def answering_family(self, today: date) -> Family:
        """Return the family itself or its first successor that still answers; the last one where none does."""
        family = self
        while family.is_retired(today) and family.successor_family is not None:
            family = family.successor_family
        return family


@dataclass(frozen=True, slots=True)
class TokenGuess:
    """Rough estimates of what is not known before a request is answered.

    Attributes
    ----------
    text : float
        Characters of a prompt per token.
    items : float
        Objects per requested label; a free text counts as one label.
    item : mapping
        Output tokens per object, by the kind of the prompt.
    """

    text: float
    items: float
    item: Mapping[str, float] = field(hash=False)


@dataclass(frozen=True, slots=True)
class ModelTable:
    """The table of models: all families, and which one to use.

    >>> models = load_models()
    >>> models.default(date(2026, 11, 28)).name, models.default(date(2026, 12, 1)).name
    ('gemini-2.5-flash', 'gemini-3.6-flash')

    Attributes
    ----------
    families : tuple of Family
        In the order of the file.
    default_name, polygon_name : str
        Names of the default family and of the one that draws polygons.
    batch : float
        Price of a batch as a share of the full price.
    guess : TokenGuess
        Estimates of tokens.
    """

    families: tuple[Family, ...]
    default_name: str
    polygon_name: str
    batch: float
    guess: TokenGuess

    def family_of(self, name: str) -> Family:
        """Return the family of a model; for one that is not in the table, a guess marked as such.

        >>> load_models().family_of("models/gemini-2.5-flash-preview-09-2025").name
        'gemini-2.5-flash'
        >>> load_models().family_of("gemini-9-neon").evidence
        'not in the table of models: asked for polygons, with the settings that the model has by itself'
        """
        if not isinstance(name, str) or not name.strip():
            raise expected("the name of a model", name, "model")
        bare = name.strip().rpartition("/")[2]
        matches = [(len(p), n) for n, f in enumerate(self.families) for p in f.names if fnmatchcase(bare, p)]
        return self.families[max(matches)[1]] if matches else _unknown(bare)

    def default(self, today: date) -> Family:
        """Return the best family that answers on a day."""
        return self._named(self.default_name).answering_family(today)

    def polygon_family(self, today: date) -> Family:
        """Return the family to ask for polygons on a day, where another one gave no mask."""
        return self._named(self.polygon_name).answering_family(today)

    def _named(self, name: str) -> Family:
        return next(family for family in self.families if family.name == name)


def load_models(path: Path | None = None) -> ModelTable:
    """Read the table of models, with the changes of a file.

    >>> [family.name for family in load_models().families][:2]
    ['gemini-2.5-flash', 'gemini-2.5-flash-lite']

    Parameters
    ----------
    path : Path, optional
        A TOML file with the keys of the built-in `models.toml`; what it does not mention stays as it is.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file cannot be read, or a key or value in it cannot be used.
    """
    return _built_in() if path is None else _models(read_models(path))


@cache
def _built_in() -> ModelTable:
    return _models(read_models(None))


def _models(table: dict[str, Any]) -> ModelTable:
    linked: dict[str, Family] = {}
    unlinked = {name: _family(name, entry) for name, entry in table["families"].items()}
    for name in unlinked:
        _link(name, unlinked, linked)
    families = tuple(linked[name] for name in unlinked)
    return ModelTable(families, table["default"], table["rings"], table["batch"], TokenGuess(**table["guess"]))


def _family(name: str, entry: dict[str, Any]) -> Family:
    names = tuple(entry.get("names", [name]))
    prices = tuple(sorted((Price(**price) for price in entry.get("prices", [])), key=lambda price: price.since))
    return Family(name, **{**entry, "names": names, "prices": prices})


def _link(name: str, unlinked: dict[str, Family], linked: dict[str, Family]) -> Family:
    """Link a family to its successors; the file was checked to have no circle."""
    if name not in linked:
        successor = unlinked[name].successor
        family = None if successor is None else _link(successor, unlinked, linked)
        linked[name] = replace(unlinked[name], successor_family=family)
    return linked[name]


def _unknown(name: str) -> Family:
    evidence = "not in the table of models: asked for polygons, with the settings that the model has by itself"
    return Family(name, "ring", "ring", evidence=evidence, is_known=False)
