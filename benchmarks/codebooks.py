"""The quality of fitted codebooks on stand-ins whose decoders are known: IoU with the true decoder's maps.

    python -m pip install torch && python -m benchmarks.codebooks --kinds plain,dense,deep --numbers 50,200,1000,5000

Trains each stand-in (minutes), fits a codebook to its pairs, and measures it on shapes that neither has seen, beside
the mean patch of each token with a threshold, which is implemented here independently.

    python -m benchmarks.codebooks --near FILE --corpus token_png_near_pairs.json --picture near.png

draws what a codebook, saved by `--keep FOLDER` or fitted by the command, decodes from tokens for which only a PNG of
another sample is known. This shows no quality: the tokens of a stand-in have other meanings than Gemini's.
"""

from __future__ import annotations

import argparse
import base64
import json
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskmill import codebooks

from .standins.shapes import draw

_JUDGED = 600
_Maps = NDArray[np.uint8]
_Rows = NDArray[np.int64]


def mean_patches(tokens: _Rows, maps: _Maps, tokens_to_decode: _Rows) -> _Maps:
    """Return the maps of tokens by the mean patch of each token, above 127; the mean of all for an unseen token.

    Parameters
    ----------
    tokens, maps : NDArray
        Pairs of tokens (N, 16) and maps (N, 256, 256).
    tokens_to_decode : NDArray[np.int64]
        (M, 16).
    """
    sums, counts = np.zeros((128, 64, 64)), np.zeros(128)
    for row, one in zip(tokens, maps, strict=True):
        for cell, token in enumerate(row):
            y, x = 64 * (cell // 4), 64 * (cell % 4)
            sums[token] += one[y : y + 64, x : x + 64]
            counts[token] += 1
    means = np.where(counts[:, None, None] > 0, sums / np.maximum(counts, 1)[:, None, None], sums.sum(0) / counts.sum())
    grids = (means > 127)[tokens_to_decode].reshape(-1, 4, 4, 64, 64)
    return grids.transpose(0, 1, 3, 2, 4).reshape(-1, 256, 256).astype(np.uint8) * np.uint8(255)


def iou(some: _Maps, others: _Maps) -> NDArray[np.float64]:
    """Return the intersection over union of each pair of maps above 127; 1 if both are empty."""
    both, either = (((some > 127) & (others > 127)).sum((1, 2)), ((some > 127) | (others > 127)).sum((1, 2)))
    return np.where(either > 0, both / np.maximum(either, 1), 1.0)


def main() -> None:
    """Print a table for each stand-in."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", default="plain,dense,deep")
    parser.add_argument("--numbers", default="50,200,1000,5000")
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--near", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--picture", type=Path, default=Path("near.png"))
    options = parser.parse_args()
    if options.near:
        if options.corpus is None:
            parser.error("expected --corpus, a file of near-pairs, beside --near")
        _draw_near(options.near, options.corpus, options.picture)
        return
    numbers = [int(number) for number in options.numbers.split(",")]
    for kind in options.kinds.split(","):
        _judge(kind, numbers, options.steps, options.keep)


def _judge(kind: str, numbers: list[int], steps: int, keep: Path | None) -> None:
    from .standins.models import StandIn

    stand_in = StandIn(kind, steps, report=print)
    tokens, tokens_to_decode = (stand_in.encode(draw(n, seed)) for n, seed in ((max(numbers), 101), (_JUDGED, 102)))
    maps, truth = stand_in.decode(tokens), stand_in.decode(tokens_to_decode)
    print(f"{kind}, {steps} steps: median and mean IoU on {_JUDGED} unseen shapes")
    for n in numbers:
        start = time.perf_counter()
        fitted = codebooks.fit(tokens[:n], maps[:n])
        seconds = time.perf_counter() - start
        if keep:
            fitted.save(keep / f"{kind}_{n}.npz")
        ours = iou(fitted.decode(tokens_to_decode), truth)
        theirs = iou(mean_patches(tokens[:n], maps[:n], tokens_to_decode), truth)
        closed = 1 - (1 - np.median(ours)) / (1 - np.median(theirs))
        print(
            f"{n:6} pairs  fitted {np.median(ours):.4f} {ours.mean():.4f}  mean patch {np.median(theirs):.4f} "
            f"{theirs.mean():.4f}  closes {closed:.0%}  held out {fitted.scores.fitted.median:.4f}  {seconds:.0f} s",
            flush=True,
        )


def _draw_near(file: Path, corpus: Path, picture: Path) -> None:
    """Draw one row per near-pair: its PNG, the codebook's map of its tokens, and both overlaid.

    Missing tokens are assumed to be the last ones and treated as unknown; their true places are not known.
    """
    codebook = codebooks.load(file)
    pairs: list[dict[str, Any]] = json.loads(corpus.read_text())
    rows = np.array([(pair["tokens"] + [-1] * 16)[:16] for pair in pairs])
    drawn = codebook.decode(rows)
    pictures = [_beside(_png(pair["png"], one.shape), one) for pair, one in zip(pairs, drawn, strict=True)]
    cv2.imwrite(str(picture), np.vstack(pictures))
    for pair, row in zip(pairs, rows, strict=True):
        seen = [bool(codebook.known([[token] * 16])[0]) for token in row]
        print(f"{pair['shape']}: {len(pair['tokens'])} tokens, {sum(seen)} of 16 known to the codebook")
    print(f"PNG of another reply | the codebook on the tokens | both: {picture}")


def _png(uri: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    data = np.frombuffer(base64.b64decode(uri.partition(",")[2] + "=="), np.uint8)
    found: Any = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    return np.where(cv2.resize(found, (shape[1], shape[0])) > 127, np.uint8(255), np.uint8(0))


def _beside(png: NDArray[np.uint8], drawn: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return both maps and their overlay: white in both, blue in the PNG alone, orange in the codebook's map alone."""
    cut = drawn > 127
    both = np.zeros((*png.shape, 3), np.uint8)
    both[(png > 0) & cut], both[(png > 0) & ~cut], both[(png == 0) & cut] = 255, (200, 110, 20), (20, 110, 230)
    tiles = [cv2.cvtColor(png, cv2.COLOR_GRAY2BGR), cv2.cvtColor(drawn, cv2.COLOR_GRAY2BGR), both]
    return np.hstack([cv2.copyMakeBorder(tile, 6, 6, 6, 6, cv2.BORDER_CONSTANT, value=(128,) * 3) for tile in tiles])


if __name__ == "__main__":
    main()
