"""What the machine could do at best for a case: as fast as its memory takes the bytes, or a library inflates the maps.

A share of the roof says how much of a machine's bandwidth is used, not how good the code is: a ring has few bytes and
much to calculate. Results that fit into a cache may come out above 1.
"""

from __future__ import annotations

from typing import NamedTuple


class Machine(NamedTuple):
    """Yardsticks at a number of threads: GB and maps a second."""

    bandwidth: float
    inflate: float


class Roof(NamedTuple):
    """Masks a second that the machine could do, and what bounds them."""

    rate: float
    bound: str


def abilities(rates: dict[str, dict[int, float]], threads: int) -> Machine:
    """The yardsticks' rates, by name and threads, at a number of threads.

    Inflating was measured on one thread: on more it is taken to grow as the fixed loop does.
    """
    growth = rates["loop"][threads] / rates["loop"][1]
    return Machine(max(rates["copy"][threads], rates["fill"][threads]), rates["inflate"][1] * growth)


def roof(form: str, nbytes: float, machine: Machine) -> Roof:
    """The roof of a case of `nbytes` a mask.

    >>> roof("ring", 1e6, Machine(bandwidth=10, inflate=50_000))
    Roof(rate=10000.0, bound='memory')
    >>> roof("png", 1e3, Machine(bandwidth=10, inflate=50_000))
    Roof(rate=50000, bound='inflate')
    """
    by_memory = Roof(machine.bandwidth * 1e9 / nbytes, "memory")
    return min(by_memory, Roof(machine.inflate, "inflate")) if form == "png" else by_memory
