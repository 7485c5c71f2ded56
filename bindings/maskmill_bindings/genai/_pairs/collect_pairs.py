"""Collect pairs from many images: one run, which continues where an earlier one stopped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import BinaryIO, Final

import orjson

from maskmill.errors import ArgumentError

from ..._atomic_files import atomic_write
from ...convert._options import REPORT
from .._catalogue import Catalogue, CatalogueImage
from .._history import History
from .._requests.requester import StoppedError
from .._run_driver import OpenRun, RunSummary, open_run, write_run_report
from .._run_tally import CostTotal
from .._runner import ProgressCallback, RequestConfig, Runner
from .._tasks import TaskPlanner
from .find_pairs import answering_model, find_pairs
from .pair_outcomes import pair_row
from .pair_plan import PairPlan, has_leaked_tokens, items_of_attempt
from .pair_tally import PairTally

LEDGER: Final = "ledger.sqlite"
"""Suffix of the ledger's name, after that of the output."""

_PROBES: Final = 3
"""Images that show whether a service refuses log-probabilities; one of them may be refused for another reason."""

_REFUSED: Final = "http_400"
NO_TOKENS: Final = "no_tokens"
"""Code of a stop after which the same call would end in the same way."""


def collect(
    images: Iterable[Path | str] | Path | str,
    output: Path | str,
    plan: PairPlan,
    way: RequestConfig | None = None,
    progress: ProgressCallback | None = None,
) -> RunSummary[PairTally]:
    """Ask about every image, and write pairs of mask tokens and maps to a JSON Lines file.

    >>> plan = PairPlan(labels=["cup"])
    >>> collect(["photos"], "pairs.jsonl", plan).tally.pairs  # doctest: +SKIP
    Counter({'logprobs': 812})

    A run that was interrupted continues with the same call; no answer is requested twice. A service that refuses
    log-probabilities for each of the first three images is asked without them. If their texts hold no tokens either,
    the run stops there.

    Parameters
    ----------
    images : iterable of path, or path
        Image files and folders.
    output : path
        File of the pairs: ``tokens``, ``png``, ``weight``, ``key``, ``source``, ``label``, ``box_2d``, ``model``.
        A report and the ledger are written beside it.
    plan : PairPlan
        What to ask.
    way : RequestConfig, optional
        How to send it.
    progress : callable, optional
        Called with a `RunProgress` after each answer.

    Returns
    -------
    RunSummary
        Counts, files, duration, and why the run ended early.

    Raises
    ------
    maskmill.errors.MaskmillError
        An argument cannot be used; the ledger cannot be read or written.
    """
    start = perf_counter()
    path, config = _checked_output(output), way or RequestConfig()
    config.check(plan)
    with open_run(images, _ledger_path(path), config, progress) as run:
        runner = _run_after_probes(run, plan)
        tally = _write_pairs_file(path, runner, run.ledger.owner)
    report = write_run_report(path.with_name(f"{path.name}.{REPORT}"), tally, runner.stop)
    return RunSummary(tally, [path, report], perf_counter() - start, runner.stop)


def estimate_collect(
    images: Iterable[Path | str] | Path | str, output: Path | str, plan: PairPlan, way: RequestConfig | None = None
) -> CostTotal:
    """Estimate the cost of the pending first questions; nothing is sent.

    Parameters
    ----------
    images : iterable of path, or path
        Image files and folders, as for `collect`.
    output : path
        The file that `collect` would write; the default ledger lies beside it.
    plan : PairPlan
        What to ask about every image.
    way : RequestConfig, optional
        How to send the requests.
    """
    path, config = _checked_output(output), way or RequestConfig()
    config.check(plan)
    with open_run(images, _ledger_path(path), config) as run:
        return run.runner(_supported_plan(plan, run)).estimate()


def _checked_output(output: Path | str) -> Path:
    path = Path(output)
    if not path.name or path.is_dir():
        raise ArgumentError("the name of a file", "that of a folder", "output")
    return path


def _ledger_path(output: Path) -> Path:
    return output.with_name(f"{output.name}.{LEDGER}")


# Sending.


def _run_after_probes(run: OpenRun, plan: PairPlan) -> Runner:
    """Send all requests; those about a few images first, to see whether the service gives log-probabilities."""
    if run.config.retry_failed:
        for variant in (plan, replace(plan, logprobs=False)):
            run.runner(variant).tasks.reopen_failed()
        run = replace(run, config=replace(run.config, retry_failed=False))
    probes = replace(run, images=run.images[:_PROBES])
    runner = probes.runner(_supported_plan(plan, run))
    runner.run()
    supported = _supported_plan(plan, run)
    if runner.stop is None and supported != runner.tasks.plan:
        runner = probes.runner(supported, runner.cost)
        runner.run()
    stop = runner.stop or _no_tokens_stop(runner.tasks, supported)
    full = run.runner(supported, runner.cost)
    full.stop = stop
    if stop is None:
        full.run()
    return full


def _no_tokens_stop(tasks: TaskPlanner, plan: PairPlan) -> StoppedError | None:
    """Return the reason to stop where the probes have neither log-probabilities nor tokens in their texts."""
    histories = [tasks.history(image) for image in tasks.catalogue]
    replies = [items for history in histories if history.attempts and (items := items_of_attempt(history.attempts[0]))]
    if plan.logprobs or not replies or any(map(has_leaked_tokens, replies)):
        return None
    first = "its first reply holds" if len(replies) == 1 else f"its first {len(replies)} replies hold"
    text = f"the service gives no log-probabilities of this model, and {first} no mask tokens"
    return StoppedError(NO_TOKENS, text)


def _supported_plan(plan: PairPlan, run: OpenRun) -> PairPlan:
    """Return the plan, without log-probabilities where the service refused them for each of the first images."""
    digests = [image.digest for image in Catalogue(run.images[:_PROBES], run.ledger) if image.digest]
    answers = [run.ledger.answer(plan.question(plan.steps[0], digest)) for digest in digests]
    codes = {answer.code for answer in answers if answer is not None}
    if plan.logprobs and codes == {_REFUSED}:
        return replace(plan, logprobs=False)
    return plan


# Writing.


def _write_pairs_file(path: Path, runner: Runner, writer: str) -> PairTally:
    tasks = runner.tasks
    assert isinstance(tasks.plan, PairPlan)
    tally = PairTally(images=len(tasks.catalogue), has_logprobs=tasks.plan.logprobs, run=runner.cost)
    seen = set[str]()
    with atomic_write(path, writer=f".{writer}") as file, file.open("wb") as stream:
        for image in tasks.catalogue:
            if image.digest in seen:
                tally.repeated += 1
                continue
            history = tasks.history(image)
            seen.update([image.digest] if image.digest else [])
            for attempt in history.attempts:
                tally.add_cost(attempt, tasks.plan)
            if history.attempts and history.attempts[0].masks is not None:
                _write_pairs(stream, image, history, tally)
            else:
                tally.errors[_error_code(tasks, image, history)] += 1
    return tally


def _write_pairs(stream: BinaryIO, image: CatalogueImage, history: History, tally: PairTally) -> None:
    outcomes = find_pairs(history)
    tally.add_outcomes(outcomes)
    model = answering_model(history.attempts[0])
    for number, outcome in enumerate(outcomes):
        if not isinstance(outcome, str):
            stream.write(orjson.dumps(pair_row(outcome, f"{image.key}#{number}", model)) + b"\n")


def _error_code(tasks: TaskPlanner, image: CatalogueImage, history: History) -> str:
    failure = tasks.catalogue.failures.get(image.key)
    if failure is not None:
        return failure.code
    return history.attempts[0].error_code if history.attempts else "not_asked"
