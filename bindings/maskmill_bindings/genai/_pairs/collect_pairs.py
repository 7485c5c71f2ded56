"""One run from images to pairs, or from where it was cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO, Final

import orjson

from maskmill.errors import told

from ..._atomic_files import whole, write_whole
from ...convert._options import REPORT
from .._catalogue import Catalogue, Item
from .._ledger.ledger import Ledger
from .._photos.discover import find_images
from .._plan import Trail
from .._reply_rows import is_rerouted
from .._requests.requester import StoppedError
from .._runner import Progress, Rounds, Way
from .._tally import Spent
from .gather import Tally, gathered, model_of
from .outcomes import row_of
from .pair_plan import PairPlan, entries_of, is_leaking

LEDGER: Final = "ledger.sqlite"
"""What the ledger's name adds to that of the output."""

_PROBES: Final = 3
"""Images by which a service is seen to refuse log-probabilities; one may be refused for another reason."""

_REFUSED: Final = "http_400"
NO_TOKENS: Final = "no_tokens"
"""The code of a stop after which the same call would come to the same."""

Found = Sequence[tuple[str, Path]]


@dataclass(slots=True)
class Collected:
    """What a run came to.

    Attributes
    ----------
    tally
        Of all images.
    files
        What was written.
    seconds
        That it took.
    stop
        Why it ended before everything was asked; None where it did not.
    """

    tally: Tally
    files: list[Path]
    seconds: float
    stop: StoppedError | None = None


def collect(
    images: Sequence[Path | str],
    output: Path | str,
    plan: PairPlan,
    way: Way | None = None,
    progress: Progress | None = None,
) -> Collected:
    """Ask about every image, and write pairs of mask tokens and masks to a JSON Lines file.

    >>> plan = PairPlan(labels=["cup"])
    >>> collect(["photos"], "pairs.jsonl", plan).tally.pairs  # doctest: +SKIP
    Counter({'logprobs': 812})

    A run that was cut off goes on with the same call; what is answered is never asked again. A service that refuses
    log-probabilities for each of the first three images is asked without them, and about no further image where no
    tokens are in the text either.

    Parameters
    ----------
    images
        Files and folders.
    output
        File of the pairs: ``tokens``, ``png``, ``weight``, ``key``, ``source``, ``label``, ``box_2d``, ``model``.
        Beside it lie a report and the ledger.
    plan
        What is asked.
    way
        How.
    progress
        Called after each answer.

    Raises
    ------
    maskmill.errors.MaskmillError
        An argument cannot be used; the ledger cannot be read or written.
    """
    start = perf_counter()
    path, way, tell = Path(output), way or Way(), progress or (lambda _live: None)
    found = _checked(images, path, plan, way)
    with way.opened(path.parent, f"{path.name}.{LEDGER}") as ledger:
        rounds = _asked(found, plan, way, ledger, tell)
        tally = _write(path, rounds, ledger.owner)
    report = _write_report(path, tally, rounds.stop)
    return Collected(tally, [path, report], perf_counter() - start, rounds.stop)


def estimate_collect(images: Sequence[Path | str], output: Path | str, plan: PairPlan, way: Way | None = None) -> Spent:
    """What the first questions that are left to ask are likely to cost, by estimate; nothing is asked."""
    path, way = Path(output), way or Way()
    found = _checked(images, path, plan, way)
    with way.opened(path.parent, f"{path.name}.{LEDGER}") as ledger:
        return Rounds(_settled(plan, found, ledger), way, ledger, found, lambda _live: None).expected()


def _checked(images: Sequence[Path | str], output: Path, plan: PairPlan, way: Way) -> Found:
    if not output.name or output.is_dir():
        raise told("the name of a file", "that of a folder", "output")
    way.check(plan)
    return find_images(images)


# Asking.


def _asked(found: Found, plan: PairPlan, way: Way, ledger: Ledger, tell: Progress) -> Rounds:
    """Everything asked that can be; first about a few, to see whether the service gives log-probabilities."""
    if way.retry_failed:
        for one in (plan, replace(plan, logprobs=False)):
            Rounds(one, way, ledger, found, tell).errands.reopen_failed()
        way = replace(way, retry_failed=False)
    few = Rounds(_settled(plan, found, ledger), way, ledger, found[:_PROBES], tell)
    few.run()
    settled = _settled(plan, found, ledger)
    if few.stop is None and settled != few.errands.plan:
        few = _after(few, settled, way, ledger, found[:_PROBES], tell)
        few.run()
    stop = few.stop or _hopeless(few)
    rounds = _after(few, settled, way, ledger, found, tell)
    rounds.stop = stop
    if stop is None:
        rounds.run()
    return rounds


def _after(before: Rounds, plan: PairPlan, way: Way, ledger: Ledger, found: Found, tell: Progress) -> Rounds:
    """Rounds whose cost comes on top of that of others."""
    rounds = Rounds(plan, way, ledger, found, tell)
    rounds.spent = before.spent
    return rounds


def _hopeless(few: Rounds) -> StoppedError | None:
    """Why nothing would come of the rest: neither log-probabilities nor tokens in any text."""
    assert isinstance(few.errands.plan, PairPlan)
    trails = [few.errands.trail(item) for item in few.errands.catalogue]
    replies = [entries for trail in trails if trail.asked and (entries := entries_of(trail.asked[0]))]
    if few.errands.plan.logprobs or not replies or any(map(is_leaking, replies)):
        return None
    first = "its first reply holds" if len(replies) == 1 else f"its first {len(replies)} replies hold"
    text = f"the service gives no log-probabilities of this model, and {first} no mask tokens"
    return StoppedError(NO_TOKENS, text)


def _settled(plan: PairPlan, found: Found, ledger: Ledger) -> PairPlan:
    """The plan; without log-probabilities where they were refused for each of the first images."""
    digests = [item.digest for item in Catalogue(found[:_PROBES], ledger) if item.digest]
    answers = [ledger.answer(plan.steps[0].question(digest, plan.most)) for digest in digests]
    codes = {answer.code for answer in answers if answer is not None}
    if plan.logprobs and codes == {_REFUSED}:
        return replace(plan, logprobs=False)
    return plan


# Writing.


def _write(path: Path, rounds: Rounds, writer: str) -> Tally:
    errands = rounds.errands
    assert isinstance(errands.plan, PairPlan)
    tally = Tally(images=len(errands.catalogue), has_logprobs=errands.plan.logprobs, run=rounds.spent)
    seen = set[str]()
    with whole(path, writer=f".{writer}") as file, file.open("wb") as stream:
        for item in errands.catalogue:
            if item.digest in seen:
                tally.repeated += 1
                continue
            trail = errands.trail(item)
            seen.update([item.digest] if item.digest else [])
            _count_cost(tally, rounds, trail)
            if trail.asked and trail.asked[0].masks is not None:
                _write_pairs(stream, item, trail, tally)
            else:
                tally.errors[_error(rounds, item, trail)] += 1
    return tally


def _write_pairs(stream: BinaryIO, item: Item, trail: Trail, tally: Tally) -> None:
    outcomes = gathered(trail)
    tally.add(outcomes)
    for number, one in enumerate(outcomes):
        if not isinstance(one, str):
            stream.write(orjson.dumps(row_of(one, f"{item.key}#{number}", model_of(trail.asked[0]))) + b"\n")


def _count_cost(tally: Tally, rounds: Rounds, trail: Trail) -> None:
    plan = rounds.errands.plan
    for one in trail.asked:
        tally.whole.add(one.usage, plan.price(one.step, one.usage, one.answer.by))
        if is_rerouted(one, plan.models):
            tally.rerouted[f"{one.step.model} -> {one.said.model_version}"] += 1


def _error(rounds: Rounds, item: Item, trail: Trail) -> str:
    failure = rounds.errands.catalogue.failures.get(item.key)
    if failure is not None:
        return failure.code
    if not trail.asked:
        return "not_asked"
    return trail.asked[0].answer.code or trail.asked[0].said.code


def _write_report(path: Path, tally: Tally, stop: StoppedError | None) -> Path:
    """The same for the same answers, whatever happened on the way to them."""
    ended: dict[str, Any] | None = None if stop is None else {"code": stop.code, "message": str(stop)}
    report = path.with_name(f"{path.name}.{REPORT}")
    write_whole(report, orjson.dumps({**tally.to_dict(), "stopped": ended}, option=orjson.OPT_INDENT_2) + b"\n")
    return report
