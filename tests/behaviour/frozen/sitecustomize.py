"""Stops the calendar in the processes that have this folder on their path: models retire, and prices change."""

import datetime

_Date = datetime.date


class _Frozen(type):
    def __instancecheck__(cls, value):
        return isinstance(value, _Date)

    def __subclasscheck__(cls, other):
        return issubclass(other, _Date)


class _FrozenDate(_Date, metaclass=_Frozen):
    """A date whose today is always the same; it makes plain dates."""

    __slots__ = ()

    def __new__(cls, *parts, **named):
        return _Date(*parts, **named)

    @classmethod
    def today(cls):
        return _Date(2026, 11, 15)

    @classmethod
    def fromisoformat(cls, text):
        return _Date.fromisoformat(text)


datetime.date = _FrozenDate
