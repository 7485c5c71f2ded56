"""``maskmill segment``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .shared.arguments import parse_words
from .shared.exit_status import ExitStatus
from .shared.messages import count_noun
from .shared.options import (
    BaseUrl,
    CodebookFile,
    Concurrency,
    Deadline,
    DryRun,
    Images,
    JsonReport,
    Labels,
    LongestSide,
    MaxCost,
    ModelTable,
    Output,
    Prompt,
    RequestsPerMinute,
    RetryFailed,
    Timeout,
    TokensPerMinute,
    Tries,
)
from .shared.request_run import describe_cost, print_estimate, request_progress, stopped_status, warn_about_models
from .shared.tables import print_counts, print_json, print_line

if TYPE_CHECKING:
    from ..genai._plan import Plan
    from ..genai._run_driver import RunSummary
    from ..genai._segment.segment_images import SegmentConfig
    from ..genai._segment.segment_tally import SegmentTally


def segment_command(
    images: Images,
    /,
    *,
    output: Output,
    labels: Labels = None,
    prompt: Prompt = None,
    model: str | None = None,
    models: ModelTable = None,
    base_url: BaseUrl = None,
    concurrency: Concurrency = 8,
    rpm: RequestsPerMinute = None,
    tpm: TokensPerMinute = None,
    tries: Tries = 8,
    deadline: Deadline = 600,
    timeout: Timeout = 120,
    most: LongestSide = 1024,
    ask_again: Literal["off", "same", "family"] = "off",
    fallback: Literal["none", "box"] = "none",
    codebook: CodebookFile = None,
    max_cost: MaxCost = None,
    max_cost_again: float | None = None,
    batch: bool = False,
    batch_rest: Literal["record", "online"] = "record",
    retry_failed: RetryFailed = False,
    ledger: Path | None = None,
    to: str = "parquet,coco",
    dry_run: DryRun = False,
    strict: bool = False,
    json: JsonReport = False,
) -> int:
    """Ask a Gemini model for masks of images, by the thousand.

    The key is read from GEMINI_API_KEY. The output folder gets replies.jsonl with one row per image, the masks, a
    report and a picture. A run that was cut off goes on with the same command, and never pays for an answer twice.

    Parameters
    ----------
    output
        Folder to write to.
    model
        Name of the model; if not given, the best one that answers today. See maskmill models.
    ask_again
        Where a reply leaves an item without a mask: same asks the same model once more, family then also one that draws
        polygons.
    fallback
        With box, items without a mask get their box filled; boxes are asked for where there is none.
    max_cost_again
        US dollars for asking again, by estimate.
    batch
        Ask in batches: half the price, within a day.
    batch_rest
        What to do with questions that three batches did not answer: record lists them as failed, online asks them at
        full price.
    ledger
        File with all answers, which runs may share; if not given, ledger.sqlite in the output folder.
    to
        Formats of the masks, separated by commas; those of maskmill convert.
    strict
        Exit with 1 if an image has no reply that can be read to its end, or an item no mask.
    """
    from ..genai._batches import BatchOptions
    from ..genai._run_limits import RunLimits
    from ..genai._segment.segment_images import SegmentConfig
    from ..genai._tasks import Budget

    plan = _plan(labels, prompt, model, models, ask_again, fallback, most)
    limits = RunLimits(
        concurrency=concurrency,
        requests_per_minute=rpm,
        tokens_per_minute=tpm,
        tries=tries,
        deadline=deadline,
        timeout=timeout,
    )
    job = SegmentConfig(
        limits=limits,
        budget=Budget(max_cost, max_cost_again),
        base_url=base_url,
        ledger=ledger,
        retry_failed=retry_failed,
        batch=BatchOptions(rest=batch_rest) if batch else None,
        to=parse_words(to, "--to"),
        fallback=fallback,
        codebook=codebook,
    )
    if dry_run:
        from ..genai._segment.segment_images import estimate_segment

        print_estimate(estimate_segment(images, output, plan, job), plan, json)
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
        labels=None if labels is None else parse_words(labels, "--labels"),
        prompt=prompt,
        model=model,
        again=again,
        boxes=fallback == "box",
        most=most,
        models=load_models(models),
    )
    warn_about_models(plan)
    return plan


def _run(images: tuple[Path, ...], output: Path, plan: Plan, job: SegmentConfig, strict: bool, json: bool) -> int:
    from ..genai._segment.segment_images import segment as run
    from .shared.compile_notice import compile_notice
    from .shared.loss_notice import loss_notice

    with compile_notice(), loss_notice(), request_progress(json) as progress:
        summary = run(images, output, plan, job, progress)
    stop = summary.stop
    if json:
        this_run = {"this_run": summary.tally.run.to_dict(), "seconds": round(summary.seconds, 3)}
        print_json({**summary.tally.to_dict(), **this_run, "stopped": None if stop is None else stop.code})
    else:
        _print(summary)
    if stop is not None:
        print(f"maskmill: stopped: {stop}; the same command goes on from here", file=sys.stderr)
        return stopped_status(stop.code)
    from maskmill import ReplyStatus

    tally = summary.tally
    complete_replies = sum(count for status, count in tally.replies.items() if ReplyStatus(status).is_complete)
    is_complete = complete_replies >= tally.images and tally.masks >= tally.items
    return ExitStatus.DONE if is_complete or not strict else ExitStatus.INCOMPLETE


def _print(summary: RunSummary[SegmentTally]) -> None:
    tally = summary.tally
    for title in ("forms", "statuses", "errors", "rerouted"):
        print_counts(title, getattr(tally, title))
    masks = f"{count_noun(tally.masks, 'mask', 'masks')} of {count_noun(tally.items, 'item', 'items')}"
    cost = describe_cost(tally.run, tally.total, summary.seconds)
    print_line(f"{tally.answered} of {count_noun(tally.images, 'image', 'images')} answered, {masks}, {cost}")
    print_line("Written: " + ", ".join(map(str, summary.files)))
    if set(tally.errors) - {"not_asked"}:
        print_line("--retry-failed asks again where no answer came.")
    if not tally.answered:
        print("maskmill: warning: not one image has a reply", file=sys.stderr)
