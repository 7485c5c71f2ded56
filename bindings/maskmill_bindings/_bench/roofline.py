"""The roof of a case: the rate that the machine's memory, or inflating with a library, would allow.

A share of the roof says how much of a machine's bandwidth is used, not how good the code is: a polygon has few bytes
and needs much computation. Results that fit into a cache may exceed 1.
"""

from __future__ import annotations

from typing import NamedTuple

from .forms import FORMS


class MachineRates(NamedTuple):
    """Baselines on some number of threads: GB per second, and maps inflated per second."""

    bandwidth: float
    inflate: float


class Roof(NamedTuple):
    """The highest rate the machine allows, masks per second, and what limits it."""

    rate: float
    bound: str


def machine_rates(rates: dict[str, dict[int, float]], threads: int) -> MachineRates:
    """Return the baselines on a number of threads, from rates by name and threads.

    Inflating was measured on one thread; it is assumed to scale as the fixed loop does.
    """
    growth = rates["loop"][threads] / rates["loop"][1]
    return MachineRates(max(rates["copy"][threads], rates["fill"][threads]), rates["inflate"][1] * growth)


def compute_roof(form: str, nbytes: float, machine: MachineRates) -> Roof:
    """Return the roof of a case.

    >>> compute_roof("ring", 1e6, MachineRates(bandwidth=10, inflate=50_000))
    Roof(rate=10000.0, bound='memory')
    >>> compute_roof("png", 1e3, MachineRates(bandwidth=10, inflate=50_000))
    Roof(rate=50000, bound='inflate')

    Parameters
    ----------
    form : str
        A name in `FORMS`.
    nbytes : float
        Bytes moved per mask.
    machine : MachineRates
        Baselines on the threads of the case.
    """
    by_memory = Roof(machine.bandwidth * 1e9 / nbytes, "memory")
    return min(by_memory, Roof(machine.inflate, "inflate")) if FORMS[form].baseline == "inflate" else by_memory
