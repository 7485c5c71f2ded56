"""``maskmill codebook collect``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..shared.arguments import parse_words
from ..shared.exit_status import ExitStatus
from ..shared.messages import count_noun
from ..shared.options import (
    BaseUrl,
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
from ..shared.request_run import describe_cost, print_estimate, request_progress, stopped_status, warn_about_models
from ..shared.tables import print_counts, print_json, print_line, print_table

if TYPE_CHECKING:
    from ...genai._pairs import PairPlan, PairTally
    from ...genai._run_driver import RunSummary
    from ...genai._runner import RequestConfig


def collect_command(
    images: Images,
    /,
    *,
    output: Output,
    labels: Labels = None,
    prompt: Prompt = None,
    model: str | None = None,
    ring_model: str | None = None,
    models: ModelTable = None,
    base_url: BaseUrl = None,
    concurrency: Concurrency = 8,
    rpm: RequestsPerMinute = None,
    tpm: TokensPerMinute = None,
    tries: Tries = 8,
    deadline: Deadline = 600,
    timeout: Timeout = 120,
    most: LongestSide = 1024,
    max_cost: MaxCost = None,
    max_cost_again: float | None = None,
    retry_failed: RetryFailed = False,
    ledger: Path | None = None,
    dry_run: DryRun = False,
    strict: bool = False,
    json: JsonReport = False,
) -> int:
    """Ask a Gemini model for pairs of mask tokens and masks, from which a codebook can be fitted.

    It asks with log-probabilities on: they hold the tokens of the PNGs in the text. Where tokens stand in the text
    instead, another model is asked for a polygon of the same object; if the two agree on the box, they are a pair of
    weight 0.3.
    The key is read from GEMINI_API_KEY. A run that was cut off goes on with the same command, and never pays for an
    answer twice.

    Parameters
    ----------
    output
        File to write the pairs to, one per line; its report and the ledger go beside it.
    model
        Name of the model whose tokens are wanted; if not given, the best one that answers today and writes PNGs.
    ring_model
        Name of the model that is asked for polygons; if not given, the best one that answers today.
    max_cost_again
        US dollars for polygons, by estimate; 0 asks for none.
    ledger
        File with all answers, which runs may share; if not given, one beside the output.
    strict
        Exit with 1 if an image has no reply, or an item no pair.
    """
    from ...genai._run_limits import RunLimits
    from ...genai._runner import RequestConfig
    from ...genai._tasks import Budget

    plan = _plan(labels, prompt, model, ring_model, models, most)
    limits = RunLimits(
        concurrency=concurrency,
        requests_per_minute=rpm,
        tokens_per_minute=tpm,
        tries=tries,
        deadline=deadline,
        timeout=timeout,
    )
    way = RequestConfig(
        limits=limits,
        budget=Budget(max_cost, max_cost_again),
        base_url=base_url,
        ledger=ledger,
        retry_failed=retry_failed,
    )
    if dry_run:
        from ...genai._pairs import estimate_collect

        print_estimate(estimate_collect(images, output, plan, way), plan, json)
        return 0
    return _run(images, output, plan, way, strict, json)


def _plan(
    labels: str | None, prompt: str | None, model: str | None, ring_model: str | None, models: Path | None, most: int
) -> PairPlan:
    from ...genai._models import load_models
    from ...genai._pairs import PairPlan

    plan = PairPlan(
        labels=None if labels is None else parse_words(labels, "--labels"),
        prompt=prompt,
        model=model,
        ring_model=ring_model,
        most=most,
        models=load_models(models),
    )
    warn_about_models(plan)
    return plan


def _run(images: tuple[Path, ...], output: Path, plan: PairPlan, way: RequestConfig, strict: bool, json: bool) -> int:
    from ...genai._pairs import NO_TOKENS
    from ...genai._pairs import collect as run
    from ..shared.compile_notice import compile_notice

    with compile_notice(), request_progress(json) as progress:
        found = run(images, output, plan, way, progress)
    stop, tally = found.stop, found.tally
    if json:
        this_run = {"this_run": tally.run.to_dict(), "seconds": round(found.seconds, 3)}
        print_json({**tally.to_dict(), **this_run, "stopped": None if stop is None else stop.code})
    else:
        _print(found)
    if stop is not None:
        what_next = "ask another model" if stop.code == NO_TOKENS else "the same command goes on from here"
        print(f"maskmill: stopped: {stop}; {what_next}", file=sys.stderr)
        return stopped_status(stop.code)
    is_complete = tally.answered + tally.repeated == tally.images and not tally.reasons
    return ExitStatus.DONE if is_complete or not strict else ExitStatus.INCOMPLETE


def _print(found: RunSummary[PairTally]) -> None:
    from ...genai._pairs import REASONS

    tally = found.tally
    print_counts("pairs", tally.pairs)
    if tally.reasons:
        rows = [(reason, count, REASONS[reason]) for reason, count in tally.reasons.most_common()]
        print_table(("no pair", "count", "because"), rows, numeric=("count",))
    for title in ("errors", "rerouted"):
        print_counts(title, getattr(tally, title))
    pairs = f"{count_noun(tally.pairs.total(), 'pair', 'pairs')} of {count_noun(tally.items, 'item', 'items')}"
    cost = describe_cost(tally.run, tally.total, found.seconds)
    print_line(f"{tally.answered} of {count_noun(tally.images, 'image', 'images')} answered, {pairs}, {cost}")
    print_line("Written: " + ", ".join(map(str, found.files)))
    if not tally.has_logprobs and tally.pairs:
        text = "the service gives no log-probabilities of this model, so no pair is exact"
        print(f"maskmill: warning: {text}", file=sys.stderr)
    if not tally.pairs:
        print("maskmill: warning: not one pair was found", file=sys.stderr)
