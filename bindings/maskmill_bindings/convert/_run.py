"""One conversion from beginning to end, or from where it was cut off."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from maskmill.errors import expected, told

from ._chunking import is_same_input, pieces_after, place_after
from ._decode_rows import Maker
from ._executor import Engine, Order, on_threads
from ._finalize import finish, finish_beside
from ._inputs import Input, open_inputs
from ._options import REPORT, UNMASKED, Options, Target
from ._shards.join import joined
from ._shards.manifest import Manifest
from ._shards.shards import Shards, refuse_another
from ._tally import Tally

Progress = Callable[[Tally, int], None]
"""Told now and then: what is done, and how many bytes of the input that was."""


@dataclass(slots=True)
class Summary:
    """What a run did.

    Attributes
    ----------
    tally
        Of the whole conversion, earlier runs included.
    files
        What was written: the output, or its files.
    seconds
        That this run took.
    resumed
        Rows of the input that an earlier run had done.
    was_done
        Whether there was nothing left to do.
    """

    tally: Tally
    files: list[Path]
    seconds: float = 0.0
    resumed: int = 0
    was_done: bool = False


def convert(
    inputs: Sequence[str | Path],
    output: str | Path,
    options: Options | None = None,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> Summary:
    """Convert replies, or masks in any format that can be read, to the format of the output.

    >>> import tempfile, maskmill_bindings.exports as exports
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows = Path(folder) / "replies.jsonl"
    ...     _ = rows.write_text('{"key": "a", "reply": [{"mask": [[0, 0], [500, 0], [500, 500]]}]}')
    ...     summary = convert([rows], Path(folder) / "masks.parquet", Options(size=(8, 8)))
    ...     [(record.key, record.masks.areas.tolist()) for record in exports.read(summary.files[0])]
    [('a', [6])]

    A run that was cut off, however it was, goes on with the same call, and gives the same bytes as one that was not.

    Parameters
    ----------
    inputs
        Files and folders, ``-`` for the standard input.
    output
        A file with the suffix of its format, or a folder.
    options
        What to convert, how and to what.
    threads
        How many decode at a time; None: one a core.
    progress
        Called after each piece of the input that is done.
    engine
        What makes the shards, such as `maskmill_bindings.ray.engine`; None: the threads of this process.

    Raises
    ------
    maskmill.errors.MaskmillError
        An argument cannot be used; the output is another conversion's, or another process is at work on it.
    OSError
        Something cannot be read or written; the shards that are finished stay.
    """
    start = perf_counter()
    job = _Job(list(map(str, inputs)), Path(output), options or Options(), progress or (lambda _tally, _bytes: None))
    summary = job.run(engine or on_threads(_cores() if threads is None else threads))
    summary.seconds = perf_counter() - start
    return summary


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(slots=True)
class _Job:
    """A conversion at work."""

    inputs: list[str]
    output: Path
    options: Options
    progress: Progress
    total: Tally = field(default_factory=Tally)
    resumed: int = 0

    def run(self, engine: Engine) -> Summary:
        """Do what is left to do."""
        Maker.of(self.options)  # before anything is written: it refuses options that cannot be decoded with
        target = Target(self.output, self.options.to)
        self._check_apart(target)
        inputs = open_inputs(self.inputs, self.options)
        run, times = self._description(target, inputs)
        shards = Shards(target.parts, target.output if target.is_shards and target.format == "parquet" else None)
        self._check_free(target, shards)
        with shards.locked():
            if target.beside(REPORT).exists() and self.output.exists():
                shards.remove()
                return self._done_before(target, inputs, run, times)
            trusted = shards.claim(run, times) and None not in times  # a pipe has no time to tell that it is the same
            manifests = self._all(engine, inputs, target, shards, trusted)
            files = finish(target, shards, manifests, self.options)
            finish_beside(target, shards, manifests, {"run": run, "times": times}, self.total)
            shards.remove()
        return Summary(self.total, files, resumed=self.resumed)

    def _check_apart(self, target: Target) -> None:
        """Refuse to write what is read."""
        written = {path.resolve() for path in (self.output, target.beside(UNMASKED), target.beside(REPORT))}
        for path in self.inputs:
            if path != "-" and Path(path).resolve() in written:
                raise expected("an output beside which nothing of the input would be replaced", path, "output")

    def _check_free(self, target: Target, shards: Shards) -> None:
        """Refuse to replace what no conversion to this output has made, or what one has made of which half is gone."""
        if shards.folder.exists() or target.beside(REPORT).exists():
            return
        for path in (self.output, target.beside(UNMASKED)):
            if any(path.iterdir()) if path.is_dir() else path.exists():
                raise told("an output that is not there yet", "one that no conversion has made", str(path))

    def _all(
        self, engine: Engine, inputs: list[Input], target: Target, shards: Shards, trusted: bool
    ) -> list[Manifest]:
        """Manifests of all shards: those that there are, and those that are left to make."""
        done = shards.finished()
        for manifest in done:
            self._found(manifest)
        manifests = []
        with ExitStack() as stack:
            join = stack.enter_context(joined(target.output, shards.folder)) if target.is_joined else None
            made = stack.enter_context(closing(engine(self._order(inputs, shards, done, trusted))))
            for manifest in chain(done, made):
                manifests.append(manifest)
                if join:
                    join(shards.path("rows", manifest.number))
        return manifests

    def _description(self, target: Target, inputs: list[Input]) -> tuple[dict[str, Any], list[Any]]:
        """What makes this conversion another than others, and the times of its inputs, which do not."""
        from maskmill import __version__

        known = [input.identity() for input in inputs]
        times = [identity.pop("mtime_ns", None) for identity in known]
        chosen = self.options.described()
        return {"maskmill": __version__, "output": target.format, **chosen, "inputs": known}, times

    def _done_before(self, target: Target, inputs: list[Input], run: dict[str, Any], times: list[Any]) -> Summary:
        report = target.beside(REPORT)
        known = orjson.loads(report.read_bytes())
        refuse_another(known["run"], run, str(report))
        is_known = None not in times and known["times"] == times
        if not is_known and not is_same_input(inputs, known["digest"], self.options.bounds):
            raise told("the input that this output was made of", "another", "inputs")
        return Summary(Tally.from_dict(known["tally"]), [self.output], was_done=True)

    def _order(self, inputs: list[Input], shards: Shards, done: list[Manifest], trusted: bool) -> Order:
        pieces = pieces_after(inputs, done, self.options.bounds, trusted)
        start = place_after(done)
        return Order(self.inputs, inputs, self.options, shards, len(done), start, pieces, self._made, self._found)

    def _made(self, tally: Tally, nbytes: int) -> None:
        self.total.add(tally)
        self.progress(self.total, nbytes)

    def _found(self, manifest: Manifest) -> None:
        tally = Tally.from_dict(manifest.tally)
        self.total.add(tally)
        self.resumed += tally.rows
