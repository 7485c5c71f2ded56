"""Facts that are timed against a baseline of the same machine instead of a rival: one per process, as JSON.

python -m benchmarks.facts NAME
"""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .workload import HEIGHT, SIZE, WIDTH, blob, paligemma_reply, png, png_reply, ring_reply, tokens_reply

if TYPE_CHECKING:
    import maskmill

_ROUNDS = 15


def _time_both(ours: Callable[[], object], theirs: Callable[[], object], rounds: int = _ROUNDS) -> tuple[float, float]:
    """Return the median seconds of both, timed in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    ours(), theirs()
    for _ in range(rounds):
        for run, spent in zip((ours, theirs), times, strict=True):
            start = perf_counter()
            run()
            spent.append(perf_counter() - start)
    return median(times[0]), median(times[1])


def runs_to_dense() -> tuple[float, float]:
    """Time 15 masks to (N, H, W) bool, against filling such an array."""
    import maskmill

    masks = maskmill.decode(png_reply(), SIZE)
    return _time_both(masks.dense, lambda: np.empty((len(masks), HEIGHT, WIDTH), bool).fill(0))


def instance_map() -> tuple[float, float]:
    """Time 200 masks to one map, against painting their crops with numpy."""
    import maskmill

    masks = maskmill.decode(png_reply(items=200), SIZE)
    crops, order = masks.crops(), np.argsort(-masks.areas, kind="stable")

    def painted() -> object:
        out = np.zeros((HEIGHT, WIDTH), np.int32)
        for row in order:
            y, x, crop = crops[row]
            out[y : y + crop.shape[0], x : x + crop.shape[1]][crop] = row + 1
        return out

    assert np.array_equal(painted(), masks.instance_map())
    return _time_both(masks.instance_map, painted)


def _time_threads(reply: Callable[[int], str]) -> tuple[float, float]:
    import maskmill

    texts = [reply(seed) for seed in range(120)]

    def run(threads: int) -> None:
        for masks in maskmill.decode_many(texts, SIZE, threads=threads):
            masks.coco()

    return _time_both(lambda: run(2), lambda: run(1), 7)


def two_threads_png() -> tuple[float, float]:
    """Time PNG replies to RLE on two threads, against one."""
    return _time_threads(png_reply)


def two_threads_ring() -> tuple[float, float]:
    """Time polygon replies to RLE on two threads, against one."""
    return _time_threads(ring_reply)


def _time_process(code: str) -> float:
    """Return the median seconds that a fresh interpreter reports."""
    times = [float(subprocess.check_output([sys.executable, "-c", code], text=True)) for _ in range(7)]
    return median(times)


_CLOCK = "from time import perf_counter as now\nstart = now()\n{}\nprint(now() - start)"


def importing() -> tuple[float, float]:
    """Time `import maskmill`, against `import numpy`."""
    return _time_process(_CLOCK.format("import maskmill")), _time_process(_CLOCK.format("import numpy"))


def first_decode() -> tuple[float, float]:
    """Time import and first decode in a fresh process with a warm cache, against an empty Numba kernel."""
    import tempfile
    from pathlib import Path

    reply = '[{"box_2d": [0, 0, 500, 500], "mask": [[0, 0], [500, 0], [500, 500]], "label": "a"}]'
    ours = _CLOCK.format(f"import maskmill\nmaskmill.decode({reply!r}, (640, 480))")
    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder) / "empty_kernel.py"
        module.write_text("import numba\n@numba.njit(cache=True)\ndef f(x):\n    return x\nf(1)\n")
        theirs = _CLOCK.format(f"import sys\nsys.path.insert(0, {folder!r})\nimport empty_kernel")
        _time_process(ours), _time_process(theirs)
        return _time_process(ours), _time_process(theirs)


def paligemma_tokens() -> tuple[float, float]:
    """Time PaliGemma's replies to RLE, against as many PNGs: random weights, their noise replaced by outlines."""
    import cv2

    import maskmill
    from maskmill.codebooks._paligemma import PaliGemma
    from support.codebooks import reference_decoder

    rng = random.Random(0)
    outlines = [cv2.resize(blob(rng).astype(np.uint8) * 255, (64, 64), interpolation=cv2.INTER_AREA) for _ in range(64)]

    class Outlined(PaliGemma):
        def _maps(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
            super()._maps(rows)
            return np.array([outlines[row[0] % len(outlines)] for row in rows])

    by_tokens = maskmill.Decoder(codebook=Outlined(reference_decoder.random_weights(1)))
    seeds = range(40)
    return _time_tokens(by_tokens, [paligemma_reply(seed) for seed in seeds], [png_reply(seed) for seed in seeds])


def fitted_tokens() -> tuple[float, float]:
    """Time Gemini's tokens to RLE with a codebook fitted to the emulator's, against PNGs of the same maps."""
    import maskmill
    from maskmill import codebooks
    from maskmill_bindings.emulator._answers.tokenizer import map_of_tokens, tokens_of_shape
    from maskmill_bindings.emulator._scenes.scene import scene

    runs = [tokens_of_shape(shape, 0) for seed in range(60) for shape in scene(seed)]
    codebook = codebooks.fit(np.array(runs), np.array([map_of_tokens(run, 0) for run in runs]))
    runs = [run for run, known in zip(runs, codebook.known(runs), strict=True) if known]
    maps = np.array([map_of_tokens(run, 0) for run in runs])
    by_tokens = maskmill.Decoder(codebook=codebook)
    return _time_tokens(by_tokens, *zip(*(_reply_pair(runs, maps, seed) for seed in range(40)), strict=True))


def _reply_pair(runs: list[tuple[int, ...]], maps: NDArray[np.bool_], seed: int) -> tuple[str, str]:
    """Return a reply of tokens, and one of PNGs with the same maps."""
    rng = random.Random(seed)
    items = json.loads(tokens_reply(seed).strip("`json\n"))
    chosen = [rng.randrange(len(runs)) for _ in items]
    token_masks = ["<start_of_mask>" + "".join(f"<seg_{token}>" for token in runs[i]) for i in chosen]
    png_masks = ["data:image/png;base64," + base64.b64encode(png(maps[i])).decode() for i in chosen]
    by_form = (
        [{**item, "mask": mask} for item, mask in zip(items, masks, strict=True)] for masks in (token_masks, png_masks)
    )
    tokens, pngs = (f"```json\n{json.dumps(reply)}\n```" for reply in by_form)
    return tokens, pngs


def _time_tokens(by_tokens: maskmill.Decoder, texts: Sequence[str], pngs: Sequence[str]) -> tuple[float, float]:
    """Time replies of tokens to RLE on one thread, against replies of PNGs."""
    import maskmill

    sizes = [SIZE] * len(texts)
    for decoder, replies in ((by_tokens, texts), (maskmill.Decoder(), pngs)):
        assert np.mean([(masks.status == "ok").mean() for masks in decoder.decode_batch(replies, sizes)]) > 0.9

    def run(decoder: maskmill.Decoder, replies: Sequence[str]) -> None:
        for masks in decoder.decode_batch(replies, sizes):
            masks.coco()

    return _time_both(lambda: run(by_tokens, texts), lambda: run(maskmill.Decoder(), pngs))


FACTS = {
    "15 masks, runs to dense / fill(0)": runs_to_dense,
    "200 masks to instance map / numpy crops": instance_map,
    "png to RLE, two threads / one": two_threads_png,
    "ring to RLE, two threads / one": two_threads_ring,
    "paligemma tokens to RLE / png to RLE": paligemma_tokens,
    "fitted tokens to RLE / png to RLE": fitted_tokens,
    "import maskmill / import numpy": importing,
    "first decode / first empty kernel": first_decode,
}


if __name__ == "__main__":
    random.seed(0)
    print(json.dumps(FACTS[sys.argv[1]]()))
