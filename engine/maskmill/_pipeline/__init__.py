"""From replies to masks: the fast path for well-formed replies, the full path for the rest."""

from __future__ import annotations

from typing import Any

from .._device.kernel_jobs import run_on_cpu
from .._images.size import read_size
from .._options import Options
from .._reply import unwrap_reply
from ..masks import Masks
from .deferred import JobRunner, needs_codebook
from .fast_path import SizedText, decode_deferred, decode_well_formed
from .full_path import SizedReply, decode_any

__all__ = ["SizedReply", "decode_replies", "prepare_reply"]


def prepare_reply(reply: Any, size: Any, options: Options) -> SizedReply:
    """Bring a reply to a `ReplySource`, with the (width, height) of its image.

    Parameters
    ----------
    reply, size : Any
        What `maskmill.decode` takes.
    options : Options
        The limits bound the size.

    Raises
    ------
    maskmill.errors.ArgumentError
        The reply or the size cannot be used.
    """
    return unwrap_reply(reply), read_size(size, options.limits)


def decode_replies(replies: list[SizedReply], options: Options) -> list[Masks]:
    """Decode replies in one batch: all of them on the fast path, and on the full path those that it leaves.

    Parameters
    ----------
    replies : list[tuple[ReplySource, tuple[int, int]]]
        Replies as `prepare_reply` returns them.
    options : Options
        The options of decoding.
    """
    if not replies:
        return []
    texts = [(source.text, size) for source, size in replies]
    run_on_gpu = _gpu_runner(texts, options)
    if run_on_gpu or needs_codebook(texts, options):
        results = decode_deferred(texts, options, run_on_gpu or run_on_cpu)
    else:
        results = decode_well_formed(texts, options)
    others = [reply for reply, masks in zip(replies, results, strict=True) if masks is None]
    decoded = iter(decode_any(others, options, run_on_gpu) if others else ())
    return [next(decoded) if masks is None else masks for masks in results]


def _gpu_runner(texts: list[SizedText], options: Options) -> JobRunner | None:
    """Return what runs the kernel jobs of a batch on the GPU; None if the CPU decodes the batch."""
    target = options._target
    if target == "cpu":
        return None
    from .._device import cost_cache, cost_model, scheduler

    if target == "auto" and not cost_model.gpu_pays(texts, cost_cache.cached_model()):
        return None
    return lambda jobs: scheduler.run_jobs(jobs, target)
