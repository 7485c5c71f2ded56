"""More questions than the service accepts: how many requests are sent, and when, by the emulator's journal."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from maskmill_bindings.emulator import VOCABULARY, Emulator, Faults, JournalEntry, Quota
from maskmill_bindings.genai import AsyncClient, Client, segment
from support.genai.client_runs import SECRET, assert_true, job, pictures, plan, quick, rows_in, seed_of
from support.tiers import thorough

CONCURRENCY = 6
"""What is in flight when a refusal comes is what a span of time may see beyond its quota; as the emulator's quota
slides along, a span may also see the next such moment, when no more than half as many are in flight."""


def busiest(entries: list[JournalEntry], seconds: float) -> int:
    """The maximum number of requests within a span of time."""
    return max(sum(0 <= other.time - one.time < seconds for other in entries) for one in entries)


def refusals_in(entries: list[JournalEntry]) -> list[JournalEntry]:
    return [entry for entry in entries if entry.status == 429]


def assert_none_too_early(entries: list[JournalEntry], delay_of: float | None = None) -> None:
    """After a refusal nothing comes before its delay is over, apart from what was in flight when it was refused."""
    assert not [entry for entry in entries if entry.early]
    for refusal in refusals_in(entries) if delay_of else []:
        heard = refusal.time + refusal.seconds
        early = [one for one in entries if heard + 0.1 < one.time < heard + (delay_of or 0.0) - 0.01]
        assert not early


@thorough
def test_a_storm_keeps_to_the_quota(tmp_path: Path) -> None:
    limit, window = 20, 3.0  # so long that a busy machine holds requests up for a small part of it only
    pictures(tmp_path / "in", 60)
    quota = Quota(requests_per_minute=limit, window=window)
    with Emulator(latency=0.01, quota=quota) as emulator:
        limits = quick(concurrency=CONCURRENCY)
        summary = segment([tmp_path / "in"], tmp_path / "out", plan(), job(emulator, limits))
        entries = emulator.journal.asked("generate")
        assert not emulator.journal.answered_more_than_once()
        assert len(emulator.journal.answers()) == 60
    assert (summary.tally.answered, summary.tally.masks) == (60, summary.tally.items)
    assert refusals_in(entries)
    assert busiest(entries, window) <= limit + CONCURRENCY + CONCURRENCY // 2
    assert_none_too_early(entries)
    assert len(refusals_in(entries)) <= 60 / limit * 2 * CONCURRENCY
    assert [row["key"] for row in rows_in(tmp_path / "out")] == sorted(f"scene_{n}.jpg" for n in range(60))


@thorough
@pytest.mark.parametrize(("fault", "delay"), [("http_429_retry", 0.7), ("http_429_header", 1.0)])
def test_a_delay_holds_for_all(tmp_path: Path, fault: str, delay: float) -> None:
    pictures(tmp_path / "in", 12)
    faults = Faults({fault: 0.3}, retry_delay=delay)
    with Emulator(seed=5, latency=0.02, faults=faults) as emulator:
        segment([tmp_path / "in"], tmp_path / "out", plan(), job(emulator, quick(concurrency=2)))
        entries = emulator.journal.asked("generate")
    assert refusals_in(entries)
    assert_none_too_early(entries, delay)
    assert all("reply" in row for row in rows_in(tmp_path / "out"))


def test_a_refusal_is_no_try(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "in", 1)
    faults = Faults({"http_429_retry": 1.0}, times=5, retry_delay=0.02)
    with Emulator(faults=faults) as emulator:
        segment([folder], tmp_path / "out", plan(), job(emulator, quick(tries=1)))
        assert len(emulator.journal) == 6
    assert "reply" in rows_in(tmp_path / "out")[0]


def test_a_refusal_for_longer_than_anybody_waits_ends_the_run(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "in", 9)
    with Emulator(faults=Faults({"http_429_retry": 1.0}, times=None, retry_delay=4000)) as emulator:
        summary = segment([folder], tmp_path / "out", plan(), job(emulator, quick(concurrency=2, deadline=1.0)))
        assert len(emulator.journal) <= 2
    assert summary.stop is not None
    assert summary.stop.code == "quota"
    assert {row["error_code"] for row in rows_in(tmp_path / "out")} == {"not_asked"}


@thorough
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_clients_keep_to_it_too(tmp_path: Path, kind: str) -> None:
    paths = sorted(pictures(tmp_path / "in", 24).iterdir())
    quota = Quota(requests_per_minute=8, window=0.6)
    with Emulator(quota=quota) as emulator:
        options = {"model": "gemini-2.5-flash", "api_key": SECRET, "base_url": emulator.url}
        limits = quick(concurrency=4)

        async def ask() -> list[object]:
            async with AsyncClient(**options, limits=limits) as client:
                return [reply async for reply in client.segment_many(paths, labels=VOCABULARY)]

        if kind == "async":
            replies = asyncio.run(ask())
        else:
            with Client(**options, limits=limits) as client:
                replies = list(client.segment_many(paths, labels=VOCABULARY))
        entries = emulator.journal.asked("generate")
        assert not emulator.journal.answered_more_than_once()
    for path, reply in zip(paths, replies, strict=True):
        assert_true(reply.masks, seed_of(path.name), "gemini-2.5-flash")
    assert busiest(entries, 0.6) <= 8 + 2 * 4
    assert_none_too_early(entries)
