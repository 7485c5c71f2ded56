"""Batches, made and fetched by the SDK."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import pytest

from maskmill_bindings.emulator import Emulator, Faults
from support.genai.emulator_clients import MODEL, PROMPT, body, contents, genai, picture, sdk, types

KEYS = [f"row-{i}" for i in range(6)]


def create(client: Any, rows: list[dict[str, Any]]) -> Any:
    """A batch of a file with these rows."""
    data = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    file = client.files.upload(file=io.BytesIO(data), config={"mime_type": "application/jsonl"})
    return client.batches.create(model=MODEL, src=file.name, config={"display_name": "mine"})


def rows(count: int = 6) -> list[dict[str, Any]]:
    return [{"key": KEYS[i], "request": body(i)} for i in range(count)]


def ended(client: Any, job: Any) -> Any:
    """The job when it has ended; at most ten seconds later."""
    end = time.monotonic() + 10
    while not job.done and time.monotonic() < end:
        time.sleep(0.02)
        job = client.batches.get(name=job.name)
    return job


def output(client: Any, job: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.files.download(file=job.dest.file_name).splitlines()]


def test_by_file() -> None:
    with Emulator(batch_delay=0.05) as emulator, sdk(emulator) as client:
        job = create(client, rows())
        assert job.state == "JOB_STATE_PENDING"
        assert job.display_name == "mine"
        job = ended(client, job)
        assert job.state == "JOB_STATE_SUCCEEDED"
        found = output(client, job)
        assert [row["key"] for row in found] != KEYS
        assert sorted(row["key"] for row in found) == KEYS
        for row in found:
            parsed = types.GenerateContentResponse.model_validate(row["response"])
            seed = KEYS.index(row["key"])
            assert parsed.text == client.models.generate_content(model=MODEL, contents=contents(seed)).text
        assert set(emulator.journal.answered_more_than_once().values()) == {2}  # as a row and by itself


def test_inline_with_metadata() -> None:
    with Emulator(batch_delay=0.05) as emulator, sdk(emulator) as client:
        part = types.Part.from_bytes(data=picture(1), mime_type="image/png")
        said = types.Content(role="user", parts=[part, types.Part(text=PROMPT)])
        asked = [types.InlinedRequest(contents=[said], metadata={"my_key": str(i)}) for i in range(3)]
        job = ended(client, client.batches.create(model=MODEL, src=asked))
        found = job.dest.inlined_responses
        assert [row.metadata["my_key"] for row in found] != ["0", "1", "2"]
        assert {row.metadata["my_key"] for row in found} == {"0", "1", "2"}
        assert {row.response.text for row in found} == {
            client.models.generate_content(model=MODEL, contents=contents(1)).text
        }


def test_bad_rows_have_errors_of_their_own() -> None:
    bad = [{"key": "a", "request": {"contents": [], "config": {}}}, {"key": "b"}, *rows(1)]
    with Emulator(batch_delay=0.05) as emulator, sdk(emulator) as client:
        found = output(client, ended(client, create(client, bad)))
    assert {row["key"]: "error" in row for row in found} == {"a": True, "b": True, KEYS[0]: False}


def test_list_cancel_and_delete() -> None:
    with Emulator(batch_delay=30) as emulator, sdk(emulator) as client:
        names = [create(client, rows(1)).name for _ in range(5)]
        assert [job.name for job in client.batches.list(config={"page_size": 2})] == names[::-1]
        client.batches.cancel(name=names[0])
        assert client.batches.get(name=names[0]).state == "JOB_STATE_CANCELLED"
        client.batches.delete(name=names[1])
        with pytest.raises(genai.errors.ClientError, match="404"):
            client.batches.get(name=names[1])


def test_an_end_that_is_reported_late() -> None:
    with Emulator(batch_delay=0, batch_polls=4) as emulator, sdk(emulator) as client:
        job = ended(client, create(client, rows(1)))
        assert job.state == "JOB_STATE_SUCCEEDED"
        assert emulator.journal.counts("batch").total() >= 5


@pytest.mark.parametrize(("fault", "state"), [("job_expired", "EXPIRED"), ("job_failed", "FAILED")])
def test_jobs_that_end_badly(fault: str, state: str) -> None:
    with Emulator(faults=Faults({fault: 1.0}), batch_delay=0.05) as emulator, sdk(emulator) as client:
        job = ended(client, create(client, rows(2)))
        assert job.state == f"JOB_STATE_{state}"
        assert not job.dest
        assert not emulator.journal.answers().total()


def test_a_job_that_is_stuck() -> None:
    with Emulator(faults=Faults({"job_stuck": 1.0}), batch_delay=0) as emulator, sdk(emulator) as client:
        job = create(client, rows(1))
        for _ in range(10):
            time.sleep(0.01)
            job = client.batches.get(name=job.name)
        assert job.state == "JOB_STATE_RUNNING"
        client.batches.cancel(name=job.name)
        assert client.batches.get(name=job.name).state == "JOB_STATE_CANCELLED"


def test_rows_that_fail_or_go_missing_and_come_the_next_time() -> None:
    faults = Faults({"row_failed": 0.4, "row_missing": 0.3})
    with Emulator(faults=faults, batch_delay=0.02, seed=3) as emulator, sdk(emulator) as client:
        first = output(client, ended(client, create(client, rows())))
        failed, missing = {r["key"] for r in first if "error" in r}, set(KEYS) - {r["key"] for r in first}
        assert failed
        assert missing
        second = output(client, ended(client, create(client, rows())))
        assert sorted(row["key"] for row in second if "response" in row) == KEYS
        named = {entry.fault for entry in emulator.journal.asked("row")}
        assert named == {"", "row_failed", "row_missing"}
