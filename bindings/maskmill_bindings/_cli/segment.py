"""``maskmill segment``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from cyclopts import Parameter

from maskmill.errors import told

from .shared.arguments import CodebookFile, Output
from .shared.messages import counted
from .shared.tables import print_counts, print_json, print_line

if TYPE_CHECKING:
    from ..genai._plan import Plan
    from ..genai._run import Job, Summary
    from ..genai._runner import Live
    from ..genai._tally import Spent

INTERRUPTED: Final = 130
STOPPED: Final = 3


def segment(
    images: Annotated[tuple[Path, ...], Parameter(allow_leading_hyphen=True)],
    /,
    *,
    output: Output,
    labels: str | None = None,
    prompt: str | None = None,
    model: str | None = None,
    models: Path | None = None,
    base_url: str | None = None,
    concurrency: int = 8,
    rpm: float | None = None,
    tpm: float | None = None,
    tries: int = 8,
    deadline: float = 600,
    timeout: float = 120,
    most: Annotated[int, Parameter(name="--longest-side")] = 1024,
    ask_again: Literal["off", "same", "family"] = "off",
    fallback: Literal["none", "box"] = "none",
    codebook: CodebookFile = None,
    max_cost: float | None = None,
    max_cost_again: float | None = None,
    batch: bool = False,
    batch_rest: Literal["record", "online"] = "record",
    retry_failed: bool = False,
    ledger: Path | None = None,
    to: str = "parquet,coco",
    dry_run: bool = False,
    strict: bool = False,
    json: bool = False,
) -> int:
    """Ask a Gemini model for masks of images, by the thousand.

    The key is read from GEMINI_API_KEY. The output folder gets replies.jsonl with a row an image, the masks, a report
    and a picture. A run that was cut off goes on with the same command, and never pays for an answer twice.

    Parameters
    ----------
    images
        Image files, and folders of them.
    output
        Folder to write to.
    labels
        What to segment, separated by commas.
    prompt
        What to segment, in words, instead of labels.
    model
        Name of the model; if not given, the best one that answers today. See maskmill models.
    models
        File that changes the table of models.
    base_url
        Address of the service, such as that of maskmill emulator.
    concurrency
        Requests in flight at a time; fewer after the service has asked for fewer.
    rpm
        Requests a minute, at most, for each model.
    tpm
        Tokens a minute, at most, for each model.
    tries
        Requests for one question after which it counts as failed.
    deadline
        Seconds for one question, with all its tries and waits.
    timeout
        Seconds for one request.
    most
        Pixels to which the longer side of an image is shrunk before it is sent; 0 for as it is.
    ask_again
        Where a reply leaves an item without a mask: same asks the same model once more, family then also one that draws
        polygons.
    fallback
        With box, items without a mask get their box filled; boxes are asked for where there is none.
    codebook
        What mask tokens stand for: a file of maskmill codebook fit, or PaliGemma's vae-oid.npz; if not given, the
        one that MASKMILL_CODEBOOK names, if it does.
    max_cost
        US dollars for everything, by estimate.
    max_cost_again
        US dollars for asking again, by estimate.
    batch
        Ask in batches: half the price, within a day.
    batch_rest
        What becomes of questions that three batches did not answer: record lists them as failed, online asks them at
        full price.
    retry_failed
        Ask again what came to nothing in an earlier run.
    ledger
        File with all answers, which runs may share; if not given, ledger.sqlite in the output folder.
    to
        Formats of the masks, separated by commas; those of maskmill convert.
    dry_run
        Say how many questions are left to ask and what they are likely to cost, and ask none.
    strict
        Exit with 1 if an image has no reply that can be read to its end, or an item no mask.
    json
        Print the report as JSON instead of tables, and no progress.
    """
    from ..genai._batches import BatchOptions
    from ..genai._run import Job
    from ..genai._run_limits import Limits
    from ..genai._tasks import Budget

    plan = _plan(labels, prompt, model, models, ask_again, fallback, most)
    limits = Limits(
        concurrency=concurrency,
        requests_per_minute=rpm,
        tokens_per_minute=tpm,
        tries=tries,
        deadline=deadline,
        timeout=timeout,
    )
    job = Job(
        limits=limits,
        budget=Budget(max_cost, max_cost_again),
        base_url=base_url,
        ledger=ledger,
        retry_failed=retry_failed,
        batch=BatchOptions(rest=batch_rest) if batch else None,
        to=words_of(to, "--to"),
        fallback=fallback,
        codebook=codebook,
    )
    if dry_run:
        from ..genai._run import estimate_run

        print_estimate(estimate_run(images, output, plan, job), plan, json)
        return 0
    return _run(images, output, plan, job, strict, json)


def _plan(
    labels: str | None,
    prompt: str | None,
    model: str | None,
    models: Path | None,
    again: Literal["off", "same", "family"],
    fallback: str,
    most: int,
) -> Plan:
    from ..genai._models import load_models
    from ..genai._plan import Plan

    plan = Plan(
        labels=None if labels is None else words_of(labels, "--labels"),
        prompt=prompt,
        model=model,
        again=again,
        boxes=fallback == "box",
        most=most,
        models=load_models(models),
    )
    warn_of(plan)
    return plan


def warn_of(plan: Plan) -> None:
    """Say which models of a plan end, and which are not known."""
    for family in dict.fromkeys(step.family for step in plan.steps):
        _warn(family.retirement_warning(plan.today))
        _warn(None if family.is_known else f"{family.name} is {family.evidence}")


def _warn(text: str | None) -> None:
    if text:
        print(f"maskmill: warning: {text}", file=sys.stderr)


def words_of(text: str, option: str) -> tuple[str, ...]:
    """What an option lists, separated by commas."""
    words = tuple(word for part in text.split(",") if (word := part.strip()))
    if not words:
        raise told("words separated by commas", f"{text!r}", option)
    return words


def _run(images: tuple[Path, ...], output: Path, plan: Plan, job: Job, strict: bool, json: bool) -> int:
    from ..genai._run import segment as run
    from .convert import losses_told
    from .shared.compile_notice import compilation_told

    with compilation_told(), losses_told(), progress_of(json) as progress:
        summary = run(images, output, plan, job, progress)
    stop = summary.stop
    if json:
        this_run = {"this_run": summary.tally.run.to_dict(), "seconds": round(summary.seconds, 3)}
        print_json({**summary.tally.to_dict(), **this_run, "stopped": None if stop is None else stop.code})
    else:
        _print(summary)
    if stop is not None:
        print(f"maskmill: stopped: {stop}; the same command goes on from here", file=sys.stderr)
        return INTERRUPTED if stop.code == "interrupted" else STOPPED
    tally = summary.tally
    whole = tally.replies["ok"] + tally.replies["salvaged"]
    return int(strict and (whole < tally.images or tally.masks < tally.items))


@contextmanager
def progress_of(quiet: bool) -> Iterator[Callable[[Live], None]]:
    """Show answers, failures, masks, cost and the time left on the standard error, if that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda _live: None
        return
    with _bar() as bar:
        task = bar.add_task("", total=None, told="")

        def advance(live: Live) -> None:
            again = f"asking again ({live.round}), " if live.round else ""
            told = (
                f"{again}{live.answered:,} answered, {live.failed:,} failed, {live.masks:,} masks, ${live.dollars:.2f}"
            )
            note = f"; {live.note}" if live.note else ""
            bar.update(task, total=live.total, completed=live.done, told=told + note)

        yield advance


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

    told = TextColumn("{task.fields[told]}")
    columns = (
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        told,
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _print(summary: Summary) -> None:
    tally = summary.tally
    for title in ("forms", "statuses", "errors", "rerouted"):
        print_counts(title, getattr(tally, title))
    masks = f"{counted(tally.masks, 'mask', 'masks')} of {counted(tally.items, 'item', 'items')}"
    cost = cost_told(tally.run, tally.whole, summary.seconds)
    print_line(f"{tally.answered} of {counted(tally.images, 'image', 'images')} answered, {masks}, {cost}")
    print_line("Written: " + ", ".join(map(str, summary.files)))
    if set(tally.errors) - {"not_asked"}:
        print_line("--retry-failed asks again for what came to nothing.")
    if not tally.answered:
        print("maskmill: warning: not one image has a reply", file=sys.stderr)


def cost_told(spent: Spent, whole: Spent, seconds: float) -> str:
    """What a run has cost, and what earlier ones have."""
    told = f"${spent.dollars:.4f} in {seconds:.1f} s"
    before = f", ${whole.dollars:.4f} with earlier runs" if whole.questions > spent.questions else ""
    return told + before + (f"; the price of {spent.unpriced} answers is not known" if spent.unpriced else "")


def print_estimate(found: Spent, plan: Plan, json: bool) -> None:
    """Say what the first questions of a plan are likely to cost."""
    if json:
        print_json(found.to_dict())
        return
    price = "at a price that is not known" if found.unpriced else f"about ${found.dollars:.4f}"
    tokens = f"{found.usage.input:,} tokens in, {found.usage.output + found.usage.thoughts:,} out"
    print_line(
        f"{counted(found.questions, 'question', 'questions')} to ask of {plan.steps[0].model}: {tokens}, {price}"
    )
