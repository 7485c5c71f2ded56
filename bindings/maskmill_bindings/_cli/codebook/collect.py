"""``maskmill codebook collect``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..segment import INTERRUPTED, STOPPED, cost_told, print_estimate, progress_of, warn_of, words_of
from ..shared.arguments import Output
from ..shared.messages import counted
from ..shared.tables import print_counts, print_json, print_line, print_table

if TYPE_CHECKING:
    from ...genai._pairs import Collected, PairPlan
    from ...genai._runner import Way


def collect(
    images: Annotated[tuple[Path, ...], Parameter(allow_leading_hyphen=True)],
    /,
    *,
    output: Output,
    labels: str | None = None,
    prompt: str | None = None,
    model: str | None = None,
    ring_model: str | None = None,
    models: Path | None = None,
    base_url: str | None = None,
    concurrency: int = 8,
    rpm: float | None = None,
    tpm: float | None = None,
    tries: int = 8,
    deadline: float = 600,
    timeout: float = 120,
    most: Annotated[int, Parameter(name="--longest-side")] = 1024,
    max_cost: float | None = None,
    max_cost_again: float | None = None,
    retry_failed: bool = False,
    ledger: Path | None = None,
    dry_run: bool = False,
    strict: bool = False,
    json: bool = False,
) -> int:
    """Ask a Gemini model for pairs of mask tokens and masks, from which a codebook can be fitted.

    It asks with log-probabilities on: they hold the tokens of the PNGs in the text. Where tokens stand in the text
    instead, another model is asked for a polygon of the same object; what agrees on the box is a pair of weight 0.3.
    The key is read from GEMINI_API_KEY. A run that was cut off goes on with the same command, and never pays for an
    answer twice.

    Parameters
    ----------
    images
        Image files, and folders of them.
    output
        File to write the pairs to, one a line; its report and the ledger go beside it.
    labels
        What to segment, separated by commas.
    prompt
        What to segment, in words, instead of labels.
    model
        Name of the model whose tokens are wanted; if not given, the best one that answers today and writes PNGs.
    ring_model
        Name of the model that is asked for polygons; if not given, the best one that answers today.
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
    max_cost
        US dollars for everything, by estimate.
    max_cost_again
        US dollars for polygons, by estimate; 0 asks for none.
    retry_failed
        Ask again what came to nothing in an earlier run.
    ledger
        File with all answers, which runs may share; if not given, one beside the output.
    dry_run
        Say how many questions are left to ask and what they are likely to cost, and ask none.
    strict
        Exit with 1 if an image has no reply, or an item no pair.
    json
        Print the report as JSON instead of tables, and no progress.
    """
    from ...genai._run_limits import Limits
    from ...genai._runner import Way
    from ...genai._tasks import Budget

    plan = _plan(labels, prompt, model, ring_model, models, most)
    limits = Limits(
        concurrency=concurrency,
        requests_per_minute=rpm,
        tokens_per_minute=tpm,
        tries=tries,
        deadline=deadline,
        timeout=timeout,
    )
    way = Way(
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
        labels=None if labels is None else words_of(labels, "--labels"),
        prompt=prompt,
        model=model,
        ring_model=ring_model,
        most=most,
        models=load_models(models),
    )
    warn_of(plan)
    return plan


def _run(images: tuple[Path, ...], output: Path, plan: PairPlan, way: Way, strict: bool, json: bool) -> int:
    from ...genai._pairs import NO_TOKENS
    from ...genai._pairs import collect as run
    from ..shared.compile_notice import compilation_told

    with compilation_told(), progress_of(json) as progress:
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
        return INTERRUPTED if stop.code == "interrupted" else STOPPED
    is_whole = tally.answered + tally.repeated == tally.images and not tally.reasons
    return int(strict and not is_whole)


def _print(found: Collected) -> None:
    from ...genai._pairs import REASONS

    tally = found.tally
    print_counts("pairs", tally.pairs)
    if tally.reasons:
        rows = [(reason, count, REASONS[reason]) for reason, count in tally.reasons.most_common()]
        print_table(("no pair", "count", "because"), rows, numeric=("count",))
    for title in ("errors", "rerouted"):
        print_counts(title, getattr(tally, title))
    pairs = f"{counted(tally.pairs.total(), 'pair', 'pairs')} of {counted(tally.items, 'item', 'items')}"
    cost = cost_told(tally.run, tally.whole, found.seconds)
    print_line(f"{tally.answered} of {counted(tally.images, 'image', 'images')} answered, {pairs}, {cost}")
    print_line("Written: " + ", ".join(map(str, found.files)))
    if not tally.has_logprobs and tally.pairs:
        text = "the service gives no log-probabilities of this model, so no pair is exact"
        print(f"maskmill: warning: {text}", file=sys.stderr)
    if not tally.pairs:
        print("maskmill: warning: not one pair was found", file=sys.stderr)
