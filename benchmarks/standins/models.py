"""The stand-ins: an encoder, 4x4 tokens of 128, and decoders of different build.

`plain`: PaliGemma's shape of decoder: residual blocks on the grid, transposed convolutions to 64x64.
`dense`: attention between all tokens with learnt positions, then one patch per token, smoothed by convolutions.
`deep`: 5x5 convolutions between tokens, upsampling by nearest and 3x3 convolutions to 64x64.
All are brought up to 256x256. `plain_soft`, `dense_soft`, `deep_soft` give the same maps before the threshold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from .shapes import draw

WIDTH, TOKENS, GRID = 64, 128, 4
KINDS = ("plain", "dense", "deep")


class Quantiser(nn.Module):
    """Nearest of 128 vectors; they follow the mean of what they stand for, and unused ones move to where inputs are."""

    vectors: Tensor
    counts: Tensor
    sums: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.randn(TOKENS, WIDTH))
        self.register_buffer("counts", torch.ones(TOKENS))
        self.register_buffer("sums", self.vectors.clone())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        flat = x.permute(0, 2, 3, 1).reshape(-1, WIDTH)
        numbers = torch.cdist(flat, self.vectors).argmin(1)
        if self.training:
            self._follow(flat.detach(), numbers)
        found = self.look_up(numbers.reshape(-1, GRID * GRID))
        return x + (found - x).detach(), numbers.reshape(-1, GRID * GRID), functional.mse_loss(x, found.detach())

    def look_up(self, numbers: Tensor) -> Tensor:
        return self.vectors[numbers].reshape(-1, GRID, GRID, WIDTH).permute(0, 3, 1, 2)

    def _follow(self, flat: Tensor, numbers: Tensor) -> None:
        hits = functional.one_hot(numbers, TOKENS).float()
        self.counts.mul_(0.98).add_(hits.sum(0), alpha=0.02)
        self.sums.mul_(0.98).add_(hits.T @ flat, alpha=0.02)
        dead = self.counts < 0.2
        chosen = flat[torch.randint(len(flat), (TOKENS,))]
        self.sums[dead], self.counts[dead] = chosen[dead], 1.0
        self.vectors.copy_(self.sums / self.counts[:, None])


class Residual(nn.Module):
    """Input plus 3x3, 3x3, 1x1."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(width, width, 1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.net(x)


def _encoder() -> nn.Module:
    layers: list[nn.Module] = []
    for a, b in ((1, 16), (16, 32), (32, 64), (64, WIDTH)):
        layers += [nn.Conv2d(a, b, 4, 2, 1), nn.ReLU()]
    return nn.Sequential(*layers, Residual(WIDTH), nn.Conv2d(WIDTH, WIDTH, 1))


def _plain() -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(WIDTH, 96, 1), nn.ReLU(), Residual(96), Residual(96)]
    for a, b in ((96, 96), (96, 64), (64, 32), (32, 16)):
        layers += [nn.ConvTranspose2d(a, b, 4, 2, 1), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(16, 1, 1))


class Dense(nn.Module):
    """Attention between tokens, a patch each, convolutions over all."""

    def __init__(self) -> None:
        super().__init__()
        self.places = nn.Parameter(torch.randn(GRID * GRID, 96) * 0.1)
        self.enter = nn.Linear(WIDTH, 96)
        layer = nn.TransformerEncoderLayer(96, 4, 192, dropout=0.0, batch_first=True, norm_first=True)
        self.body = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.leave = nn.Linear(96, 8 * 256)
        self.smooth = nn.Sequential(nn.Conv2d(8, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 1, 5, padding=2))

    def forward(self, x: Tensor) -> Tensor:
        rows = self.body(self.enter(x.flatten(2).transpose(1, 2)) + self.places)
        patches = self.leave(rows).reshape(-1, GRID, GRID, 8, 16, 16)
        out: Tensor = self.smooth(patches.permute(0, 3, 1, 4, 2, 5).reshape(-1, 8, 64, 64))
        return out


def _deep() -> nn.Module:
    layers: list[nn.Module] = [
        nn.Conv2d(WIDTH, 96, 5, padding=2),
        nn.SiLU(),
        nn.Conv2d(96, 96, 5, padding=2),
        nn.SiLU(),
    ]
    for a, b in ((96, 48), (48, 32), (32, 16), (16, 8)):
        layers += [nn.Upsample(scale_factor=2), nn.Conv2d(a, b, 3, padding=1), nn.SiLU()]
    return nn.Sequential(*layers, nn.Conv2d(8, 1, 3, padding=1))


_DECODERS: dict[str, Callable[[], nn.Module]] = {"plain": _plain, "dense": Dense, "deep": _deep}


class StandIn:
    """A trained pair of encoder and decoder: maps to tokens, tokens to maps; `is_soft` may be changed at any time."""

    def __init__(
        self, kind: str, steps: int = 2000, seed: int = 0, report: Callable[[str], None] = lambda _: None
    ) -> None:
        torch.manual_seed(seed)
        self.kind, self.is_soft = kind.removesuffix("_soft"), kind.endswith("_soft")
        self.encoder, self.quantiser, self.decoder = _encoder(), Quantiser(), _DECODERS[self.kind]()
        self.decoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._train(_shrunk(draw(12_000, seed + 1)), steps, report)

    def encode(self, maps: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Tokens of maps, (N, 16)."""
        parts = [self.quantiser(self.encoder(part))[1] for part in self._parts(_shrunk(maps))]
        return torch.cat(parts).numpy()

    def decode(self, tokens: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Maps of tokens, (N, 256, 256)."""
        out = np.empty((len(tokens), 256, 256), np.uint8)
        with torch.no_grad():
            for start in range(0, len(tokens), 256):
                found = self.decoder(self.quantiser.look_up(torch.from_numpy(tokens[start : start + 256])))
                soft = functional.interpolate(found.sigmoid(), (256, 256), mode="bilinear")[:, 0] * 255
                out[start : start + 256] = (soft if self.is_soft else (soft > 127) * 255).to(torch.uint8).numpy()
        return out

    def _parts(self, maps: Tensor) -> Any:
        for net in (self.encoder, self.quantiser, self.decoder):
            net.eval()
        with torch.no_grad():
            yield from maps.split(256)

    def _train(self, maps: Tensor, steps: int, report: Callable[[str], None]) -> None:
        settings = [*self.encoder.parameters(), *self.decoder.parameters()]
        optimiser = torch.optim.Adam(settings, 1e-3)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, steps)
        for step in range(steps):
            x = maps[torch.randint(len(maps), (32,))]
            found, _, commitment = self.quantiser(self.encoder(x))
            logits = self.decoder(found)
            wanted = functional.interpolate(x, logits.shape[2:], mode="bilinear")
            loss = functional.binary_cross_entropy_with_logits(logits, wanted) + 0.25 * commitment
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(settings, 1.0)
            optimiser.step()
            schedule.step()
            if step % 250 == 0:
                report(f"{self.kind}: step {step}, loss {loss.item():.4f}")


def _shrunk(maps: NDArray[np.uint8]) -> Tensor:
    blocks = maps.reshape(-1, 64, 4, 64, 4).mean((2, 4), dtype=np.float32)
    return torch.from_numpy(blocks / np.float32(255))[:, None]
