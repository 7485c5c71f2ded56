"""Run one conversion, from the beginning or from where an earlier run was interrupted."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from maskmill._device.hardware import count_cores
from maskmill._one_or_many import as_paths
from maskmill.errors import ArgumentError

from ._chunking import is_same_input, position_after, read_remaining_chunks
from ._decode_rows import ChunkConverter
from ._executor import Executor, RemainingWork, thread_executor
from ._finalize import write_sidecar_files, write_target
from ._inputs import Input, ReplyInput, drawn_by, open_inputs, read_formats
from ._manifest import Manifest
from ._options import REPORT, ConvertOptions, Target, check_options_of_outputs
from ._ownership import check_targets, remove_finished
from ._repeated_keys import RepeatedKeyWarning, find_repeated_keys
from ._shards.join import join_shards
from ._shards.shards import Shards, check_same_conversion
from ._tally import Tally

ProgressCallback = Callable[[Tally, int], None]
"""Called now and then with the counts so far, and with the bytes of the input that were converted since."""


@dataclass(slots=True)
class ConversionSummary:
    """What a run did.

    Attributes
    ----------
    tally : Tally
        Counts of the whole conversion, earlier runs included.
    files : list of Path
        The output, or its files.
    seconds : float
        Duration of this run.
    resumed : int
        Rows of the input that an earlier run had converted.
    was_done : bool
        Whether an earlier run had completed the conversion.
    read_as : dict of str to list of str
        Names of the files and folders of masks, by the format as which they were read; empty for replies.
    drawn_by : dict of str to str
        By format, what drew its shapes: the tool whose rule was followed, or ``exact``.
    """

    tally: Tally
    files: list[Path]
    seconds: float = 0.0
    resumed: int = 0
    was_done: bool = False
    read_as: dict[str, list[str]] = field(default_factory=dict)
    drawn_by: dict[str, str] = field(default_factory=dict)


def convert(
    inputs: Sequence[str | Path] | str | Path,
    output: str | Path | Sequence[str | Path],
    options: ConvertOptions | None = None,
    *,
    threads: int | None = None,
    progress: ProgressCallback | None = None,
    engine: Executor | None = None,
    overwrite: bool = False,
) -> ConversionSummary:
    """Convert replies, or masks in any format that can be read, to the formats of one or more outputs.

    >>> import tempfile, maskmill_bindings.exports as exports
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows = Path(folder) / "replies.jsonl"
    ...     _ = rows.write_text('{"key": "a", "reply": [{"mask": [[0, 0], [500, 0], [500, 500]]}]}')
    ...     summary = convert([rows], Path(folder) / "masks.parquet", ConvertOptions(size=(8, 8)))
    ...     [(record.key, record.masks.areas.tolist()) for record in exports.read(summary.files[0])]
    [('a', [6])]

    The same call resumes a run that was interrupted, at whatever point; the output then has the same bytes as that of
    an uninterrupted run.

    Parameters
    ----------
    inputs : sequence of path, or path
        Files and folders, ``-`` for the standard input.
    output : path or sequence of path
        A file with the suffix of its format, or a folder; ``"FORMAT=PATH"`` names a format. Of several outputs, the
        input is decoded once, and the shards of an unfinished run are beside the first.
    options : ConvertOptions, optional
        What to convert, how and to which format.
    threads : int, optional
        Number of decoding threads; None: one per core.
    progress : callable, optional
        Called after each chunk of the input, see `ProgressCallback`.
    engine : Executor, optional
        Writes the shards, such as `maskmill_bindings.ray.engine`; None: the threads of this process.
    overwrite : bool
        Delete finished outputs of earlier conversions, and convert anew. Nothing else is ever replaced.

    Raises
    ------
    maskmill.errors.MaskmillError
        An argument cannot be used, the output belongs to another conversion, or another process is writing it.
    OSError
        A file cannot be read or written; finished shards are kept.
    """
    start = perf_counter()
    paths = as_paths(inputs, "inputs")
    chosen = options or ConvertOptions()
    outputs = [output] if isinstance(output, (str, Path)) else list(output)
    conversion = _Conversion(
        paths, Target.of_several(outputs, chosen.to), chosen, progress or (lambda _tally, _bytes: None)
    )
    summary = conversion.run(engine or thread_executor(count_cores() if threads is None else threads), overwrite)
    summary.seconds = perf_counter() - start
    return summary


@dataclass(slots=True)
class _Conversion:
    """A running conversion."""

    inputs: list[str]
    targets: list[Target]
    options: ConvertOptions
    progress: ProgressCallback
    total: Tally = field(default_factory=Tally)
    resumed: int = 0
    read_as: dict[str, list[str]] = field(default_factory=dict)
    drawn_by: dict[str, str] = field(default_factory=dict)

    @property
    def main(self) -> Target:
        """The output that has the shards."""
        return self.targets[0]

    def run(self, executor: Executor, overwrite: bool) -> ConversionSummary:
        """Write the shards that are missing, then the outputs."""
        ChunkConverter.from_options(self.options)  # it raises for options that cannot be used, before any file exists
        check_options_of_outputs(self.targets, self.options)
        check_targets(self.targets, self.inputs)
        inputs = open_inputs(self.inputs, self.options)
        self.read_as, self.drawn_by = read_formats(inputs), drawn_by(inputs)
        for target in self.targets if overwrite else ():
            remove_finished(target)
        run, times = self._describe(inputs)
        target = self.main
        keeps_rows = target.has_shard_files and target.format == "parquet"
        shards = Shards(target.parts_folder, target.output if keeps_rows else None)
        with shards.lock():
            if all(one.sidecar_path(REPORT).exists() and one.output.exists() for one in self.targets):
                shards.remove()
                return self._earlier_summary(inputs, run, times)
            is_unchanged = shards.claim(run, times) and None not in times  # a pipe has no modification time
            manifests = self._complete_shards(executor, inputs, target, shards, is_unchanged)
            repeated = find_repeated_keys(shards, manifests if isinstance(inputs[0], ReplyInput) else [])
            self.total.repeated_keys = repeated.total
            files = [file for one in self.targets for file in self._write(one, shards, manifests)]
            for one in reversed(self.targets):  # that of the first output marks completion
                about = {"run": {**run, "output": one.format}, "times": times, "shapes_drawn": self.drawn_by}
                write_sidecar_files(one, shards, manifests, about, self.total)
            shards.remove()
        if repeated.total:
            warnings.warn(str(repeated), RepeatedKeyWarning, stacklevel=3)
        if blank := self.total.blank_keys:
            rows = "1 row states" if blank == 1 else f"{blank} rows state"
            warnings.warn(f"{rows} an empty key; the number of the line is the key", RepeatedKeyWarning, stacklevel=3)
        return ConversionSummary(self.total, files, resumed=self.resumed, read_as=self.read_as, drawn_by=self.drawn_by)

    def _write(self, target: Target, shards: Shards, manifests: list[Manifest]) -> list[Path]:
        """Write one output, whose path a failure names if there are several."""
        try:
            return write_target(target, shards, manifests, self.options)
        except ArgumentError as error:
            raise error.within(f"for {target.output}") if len(self.targets) > 1 else error from None

    def _complete_shards(
        self, executor: Executor, inputs: list[Input], target: Target, shards: Shards, is_unchanged: bool
    ) -> list[Manifest]:
        """Write the missing shards, and return the manifests of all."""
        finished = shards.intact_manifests()
        for manifest in finished:
            self._add_found_shard(manifest)
        manifests = []
        with ExitStack() as stack:
            join = stack.enter_context(join_shards(target.output, shards.folder)) if target.is_joined else None
            work = self._remaining_work(inputs, shards, finished, is_unchanged)
            written = stack.enter_context(closing(executor(work)))
            for manifest in chain(finished, written):
                manifests.append(manifest)
                if join:
                    join(shards.path("rows", manifest.number))
        return manifests

    def _describe(self, inputs: list[Input]) -> tuple[dict[str, Any], list[Any]]:
        """Return what identifies the conversion, and the modification times of its inputs, which do not."""
        from maskmill import __version__

        identities = [input.identity() for input in inputs]
        times = [identity.pop("mtime_ns", None) for identity in identities]
        options = self.options.describe()
        if len(self.targets) > 1:
            options["more_outputs"] = [[target.output.name, target.format] for target in self.targets[1:]]
        return {"maskmill": __version__, "output": self.main.format, **options, "inputs": identities}, times

    def _earlier_summary(self, inputs: list[Input], run: dict[str, Any], times: list[Any]) -> ConversionSummary:
        """Return the summary of an earlier run that completed; raise where it was another conversion."""
        path = self.main.sidecar_path(REPORT)
        report = orjson.loads(path.read_bytes())
        check_same_conversion(report["run"], run, str(path))
        is_unchanged = None not in times and report["times"] == times
        if not is_unchanged and not is_same_input(inputs, report["digest"], self.options.bounds):
            raise ArgumentError(
                "the input that this output was made of", "another; --overwrite converts anew", str(self.main.output)
            )
        tally, files = Tally.from_dict(report["tally"]), [target.output for target in self.targets]
        return ConversionSummary(tally, files, was_done=True, read_as=self.read_as, drawn_by=self.drawn_by)

    def _remaining_work(
        self, inputs: list[Input], shards: Shards, finished: list[Manifest], is_unchanged: bool
    ) -> RemainingWork:
        return RemainingWork(
            paths=self.inputs,
            inputs=inputs,
            options=self.options,
            shards=shards,
            first_shard=len(finished),
            start=position_after(finished),
            chunks=read_remaining_chunks(inputs, finished, self.options.bounds, is_unchanged),
            on_progress=self._add_progress,
            on_found_shard=self._add_found_shard,
        )

    def _add_progress(self, tally: Tally, nbytes: int) -> None:
        self.total.add(tally)
        self.progress(self.total, nbytes)

    def _add_found_shard(self, manifest: Manifest) -> None:
        tally = Tally.from_dict(manifest.tally)
        self.total.add(tally)
        self.resumed += tally.rows
