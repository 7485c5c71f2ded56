"""``maskmill emulator``."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from maskmill.errors import expected

from .shared.arguments import file_errors_as_arguments
from .shared.messages import count_noun
from .shared.tables import print_line, print_table

if TYPE_CHECKING:
    from ..emulator import Faults


def emulator_command(
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    latency: float = 0.0,
    seed: int = 0,
    form: str | None = None,
    fault: tuple[str, ...] = (),
    times: int = 1,
    rpm: int | None = None,
    rpd: int | None = None,
    key: tuple[str, ...] = (),
    batch_delay: float = 2.0,
    journal: Path | None = None,
    draw: int | None = None,
    images: Annotated[Path, Parameter(name="--images")] = Path("images"),
    list_faults: bool = False,
) -> None:
    """Play the Gemini API on this machine, to try out clients and their faults without paying.

    It answers with masks for the images it receives: the true masks for images that --draw writes, invented shapes for
    any other. It speaks the protocol of the google-genai SDK; nobody has compared it with Google's server. It serves
    until interrupted, and then forgets everything. Its journal is at /emulator/journal.

    Faults: http_400, http_429, http_429_retry, http_429_header, quota_day, http_500, http_503, http_504, html_502,
    html_200, empty_200, timeout, dropped, reset, short_body, json_cut, stream_cut, max_tokens, safety, blocked,
    unknown_finish, rerouted, thoughts, parts, logprobs_refused, logprobs_none, logprobs_bare, run_short, run_extra,
    leaked, row_failed, row_missing, job_stuck, job_expired, job_failed.

    Parameters
    ----------
    host
        Address to listen on.
    port
        Port to listen on; 0 for any that is free.
    latency
        Seconds that every answer of a model takes.
    seed
        Chooses the faults, the codebook of mask tokens, and the first scene of --draw.
    form
        Of the masks, instead of what each model writes, such as png, ring, rle, tokens, truncated, mixed; with
        leaks, tokens in place of PNGs alone.
    fault
        A fault, as NAME=SHARE of the requested contents, such as http_503=0.1.
    times
        How often a fault strikes the same content before the answer comes; 0 for ever.
    rpm
        Requests per minute that are answered, for each model.
    rpd
        Requests per day that are answered, for each model.
    key
        API key that is accepted; any if not given.
    batch_delay
        Seconds from the creation of a batch to its end.
    journal
        File to which every request is written, as a line of JSON.
    draw
        Write this many images of scenes to --images, and end.
    images
        Folder for --draw; it is created if it is missing.
    list_faults
        Print what each fault does, and end.
    """
    faults = _faults(fault, times)
    if list_faults:
        _print_faults()
    elif draw is not None:
        _draw(draw, images, seed)
    else:
        _serve(
            host,
            port,
            faults,
            latency=_not_negative(latency, "--latency"),
            seed=seed,
            form=form,
            bounds=(rpm, rpd),
            keys=key or None,
            batch_delay=_not_negative(batch_delay, "--batch-delay"),
            journal_file=journal,
        )


def _faults(words: tuple[str, ...], times: int) -> Faults:
    """Return the faults that the words after --fault name."""
    from ..emulator import NAMES, Faults

    kinds = {}
    for word in words:
        name, _, share = word.partition("=")
        if name not in NAMES:
            raise expected("NAME=SHARE, the name one of those in --help", word, "--fault")
        try:
            kinds[name] = float(share)
        except ValueError:
            raise expected("NAME=SHARE, the share in 0..1", word, "--fault") from None
    if times < 0:
        raise expected("at least 1, or 0 for ever", times, "--times")
    return Faults(kinds, times=times or None)


def _not_negative(seconds: float, option: str) -> float:
    if not 0 <= seconds < threading.TIMEOUT_MAX:
        raise expected("seconds, at least 0", seconds, option)
    return seconds


def _print_faults() -> None:
    from ..emulator import NAMES

    print_table(("fault", "what it does"), NAMES.items())


def _draw(count: int, folder: Path, seed: int) -> None:
    from ..emulator import write_images

    if count < 1:
        raise expected("at least 1", count, "--draw")
    with file_errors_as_arguments("a folder that can be written to", "--images"):
        paths = write_images(folder, count, seed)
    print_line(
        f"{count_noun(len(paths), 'image', 'images')} in {folder}; the number in a name is the seed of its scene."
    )


def _serve(
    host: str, port: int, faults: Faults, bounds: tuple[int | None, int | None], seed: int, **settings: object
) -> None:
    from ..emulator import Emulator, Quota

    if not 0 <= port <= 65535:
        raise expected("a port in 0..65535", port, "--port")
    for option, value in zip(("--rpm", "--rpd"), bounds, strict=True):
        if value is not None and value < 1:
            raise expected("at least 1", value, option)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Emulator(host, port, faults=faults, quota=Quota(*bounds), seed=seed, **settings) as running:  # type: ignore[arg-type]
        print_line(f"The emulator listens on {running.url}. Let a client of the google-genai SDK ask it with")
        print_line(f"export GOOGLE_GEMINI_BASE_URL={running.url}\nexport GEMINI_API_KEY=any")
        sys.stdout.flush()
        threading.Event().wait()
