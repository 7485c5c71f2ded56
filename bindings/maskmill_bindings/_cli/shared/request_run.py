"""What the commands that ask a model share: warnings, progress, cost."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .exit_status import ExitStatus
from .messages import count_noun
from .tables import print_json, print_line

if TYPE_CHECKING:
    from ...genai._plan import Plan
    from ...genai._run_tally import CostTotal
    from ...genai._runner import RunProgress


def warn_about_models(plan: Plan) -> None:
    """Warn of the models of a plan that retire or that are unknown."""
    for family in dict.fromkeys(step.family for step in plan.steps):
        _warn(family.retirement_warning(plan.today))
        _warn(None if family.is_known else f"{family.name} is {family.evidence}")


def _warn(text: str | None) -> None:
    if text:
        print(f"maskmill: warning: {text}", file=sys.stderr)


@contextmanager
def request_progress(is_quiet: bool) -> Iterator[Callable[[RunProgress], None]]:
    """Show answers, failures, masks, cost and the time left on the standard error, if that is a terminal."""
    if is_quiet or not sys.stderr.isatty():
        yield lambda _progress: None
        return
    with _bar() as bar:
        task = bar.add_task("", total=None, counts="")

        def advance(progress: RunProgress) -> None:
            bar.update(task, total=progress.total, completed=progress.done, counts=_describe_progress(progress))

        yield advance


def _describe_progress(progress: RunProgress) -> str:
    again = f"asking again ({progress.round}), " if progress.round else ""
    counts = f"{progress.answered:,} answered, {progress.failed:,} failed, {progress.masks:,} masks"
    note = f"; {progress.note}" if progress.note else ""
    return f"{again}{counts}, ${progress.dollars:.2f}{note}"


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[counts]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)


def describe_cost(this_run: CostTotal, all_runs: CostTotal, seconds: float) -> str:
    """Describe the cost of a run, and of earlier ones on the same ledger.

    Parameters
    ----------
    this_run, all_runs : CostTotal
        What this run has cost, and what all runs have.
    seconds : float
        How long this run took.
    """
    text = f"${this_run.dollars:.4f} in {seconds:.1f} s"
    before = f", ${all_runs.dollars:.4f} with earlier runs" if all_runs.questions > this_run.questions else ""
    unknown = f"; the price of {this_run.unpriced} answers is not known" if this_run.unpriced else ""
    return text + before + unknown


def print_estimate(estimate: CostTotal, plan: Plan, json: bool) -> None:
    """Print what the first questions of a plan are likely to cost.

    Parameters
    ----------
    estimate : CostTotal
        Questions, tokens and dollars.
    plan : Plan
        Names the model.
    json : bool
        Print JSON instead of a sentence.
    """
    if json:
        print_json(estimate.to_dict())
        return
    price = "at a price that is not known" if estimate.unpriced else f"about ${estimate.dollars:.4f}"
    tokens = f"{estimate.usage.input:,} tokens in, {estimate.usage.output + estimate.usage.thoughts:,} out"
    questions = count_noun(estimate.questions, "question", "questions")
    print_line(f"{questions} to ask of {plan.steps[0].model}: {tokens}, {price}")


def stopped_status(code: str) -> ExitStatus:
    """Return the exit status of a run that stopped before its end, by the code of the stop."""
    return ExitStatus.INTERRUPTED if code == "interrupted" else ExitStatus.STOPPED
