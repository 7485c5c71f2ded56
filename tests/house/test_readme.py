"""What the README says is so: its sessions run as printed, its tables are complete, its links lead somewhere."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from maskmill import ReplyStatus, Status

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text(encoding="utf-8")


def test_sessions_run_as_printed() -> None:
    blocks = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
    session = doctest.DocTestParser().get_doctest(blocks, {}, "README", str(README), 0)
    outcome = doctest.DocTestRunner().run(session)
    assert (outcome.failed, outcome.attempted) == (0, 15)


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_its_line(status: Status) -> None:
    assert f"\n| `{status}` |" in TEXT


@pytest.mark.parametrize("status", list(ReplyStatus))
def test_every_status_of_a_reply_is_named(status: ReplyStatus) -> None:
    assert f"`{status}`" in TEXT


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)]+)\)", TEXT))
def test_links_lead_somewhere(target: str) -> None:
    assert target.startswith("https://") or (README.parent / target).exists()
