"""What is known of each family of models: the form of its masks, its settings, its end, its prices."""

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
"""Tokens of an image, for models that nothing is known of: what Gemini 3 takes by default."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens, from a day on; output includes thoughts.

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
    name
        Of the family, which is a model's name as well.
    form
        What its masks are to be expected in: ``png``, ``ring``, ``ring_yx``, ``boxes`` or ``none``.
    prompt
        How it is asked: ``png``, ``ring`` or ``boxes``, see `prompts`.
    settings
        Of a request, as the REST API spells them.
    evidence, mark
        How the form is known; ``checked``, ``documented``, ``reported`` or ``inferred``.
    names
        Patterns of the names of its models.
    retires
        The day from which it does not answer; None: no day is known.
    routed
        Who answers in its place from then on; None: nobody, or not known.
    successor
        Name of the family to take then.
    prices, priced
        By the day from which they hold, and when they were looked up; empty: not known.
    image
        Tokens of an image; ``tiles``: by its size.
    thoughts
        Tokens of thinking that the settings leave, a guess.
    is_known
        False for a model that is not in the table.
    heir
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
    heir: Family | None = field(default=None, repr=False, compare=False)

    def is_retired(self, today: date) -> bool:
        """Tell whether it does not answer any more."""
        return self.retires is not None and today >= self.retires

    def price_on(self, day: date) -> Price | None:
        """What it costs on a day; None where that is not known."""
        return next((price for price in reversed(self.prices) if price.since <= day), None)

    def retirement_warning(self, today: date) -> str | None:
        r"""Say that the family is retired or will be within 14 days, what then, and what that is likely to cost.

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
        if self.heir is None:
            return ""
        heir, facts = self.heir.alive(day), []
        ours, theirs = self.price_on(day), heir.price_on(day)
        if ours and theirs:
            facts.append(f"output {round(theirs.output / ours.output, 2):g} times as dear a token")
        if heir.form != self.form:
            more = ", which is more tokens a mask" if self.form == "png" else ""
            facts.append(f"{heir.form} instead of {self.form}{more}")
        return f" Take {heir.name}: {', '.join(facts)}." if facts else f" Take {heir.name}."

    def alive(self, today: date) -> Family:
        """The family itself, or who comes after it and still answers; the last of them where nobody does."""
        family = self
        while family.is_retired(today) and family.heir is not None:
            family = family.heir
        return family


@dataclass(frozen=True, slots=True)
class Guess:
    """Tokens that nobody can know before, all of them rough.

    Attributes
    ----------
    text
        Characters of a prompt a token.
    items
        Objects for each label that is asked for, or for a free text.
    item
        Tokens of output for one object, by the kind of the prompt.
    """

    text: float
    items: float
    item: Mapping[str, float] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Models:
    """The families, and which of them to take.

    >>> models = load_models()
    >>> models.default(date(2026, 11, 28)).name, models.default(date(2026, 12, 1)).name
    ('gemini-2.5-flash', 'gemini-3.6-flash')
    """

    families: tuple[Family, ...]
    first: str
    rings: str
    batch: float
    guess: Guess

    def family_of(self, name: str) -> Family:
        """The family of a model; for one that is not in the table, a guess that says so.

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
        """The best family that answers on a day."""
        return self._named(self.first).alive(today)

    def ring_family(self, today: date) -> Family:
        """The family to ask again for polygons, where another gave no mask."""
        return self._named(self.rings).alive(today)

    def successor_of(self, family: Family) -> Family | None:
        """Who comes after a family; None where nobody does."""
        return family.heir

    def _named(self, name: str) -> Family:
        return next(family for family in self.families if family.name == name)


def load_models(path: Path | None = None) -> Models:
    """Read the table of models, with what a file of the user's says otherwise.

    >>> [family.name for family in load_models().families][:2]
    ['gemini-2.5-flash', 'gemini-2.5-flash-lite']

    Parameters
    ----------
    path
        A TOML file with the keys of the built-in `models.toml`; what it does not name stays as it is.

    Raises
    ------
    maskmill.errors.ArgumentError
        It cannot be read, or a key or value in it cannot be used; the file, the family and the key are named.
    """
    return _built_in() if path is None else _models(read_models(path))


@cache
def _built_in() -> Models:
    return _models(read_models(None))


def _models(table: dict[str, Any]) -> Models:
    made: dict[str, Family] = {}
    plain = {name: _family(name, entry) for name, entry in table["families"].items()}
    for name in plain:
        _with_heir(name, plain, made)
    families = tuple(made[name] for name in plain)
    return Models(families, table["default"], table["rings"], table["batch"], Guess(**table["guess"]))


def _family(name: str, entry: dict[str, Any]) -> Family:
    names = tuple(entry.get("names", [name]))
    prices = tuple(sorted((Price(**price) for price in entry.get("prices", [])), key=lambda price: price.since))
    return Family(name, **{**entry, "names": names, "prices": prices})


def _with_heir(name: str, plain: dict[str, Family], made: dict[str, Family]) -> Family:
    """The family with those that come after it; the file was checked to have no circle."""
    if name not in made:
        successor = plain[name].successor
        heir = None if successor is None else _with_heir(successor, plain, made)
        made[name] = replace(plain[name], heir=heir)
    return made[name]


def _unknown(name: str) -> Family:
    evidence = "not in the table of models: asked for polygons, with the settings that the model has by itself"
    return Family(name, "ring", "ring", evidence=evidence, is_known=False)
