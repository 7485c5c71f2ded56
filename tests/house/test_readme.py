"""What the README says is so: its sessions run as printed, its tables are complete, its links lead somewhere."""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from maskmill import ReplyStatus, Status
from maskmill.status import MENDED, REPLY_CODES

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text(encoding="utf-8")


def test_sessions_run_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
    session = doctest.DocTestParser().get_doctest(blocks, {}, "README", str(README), 0)
    outcome = doctest.DocTestRunner().run(session)
    assert (outcome.failed, outcome.attempted) == (0, 23)


def test_commands_run_as_typed_after_the_demo(tmp_path: Path) -> None:
    typed = re.findall(r"^    ((?:\S+ \S+ [^|\n]+ \| |cat \S+ \| )?maskmill [^#\n]*)", TEXT, re.MULTILINE)
    assert len(typed) == 13
    command = f'maskmill() {{ {shlex.quote(sys.executable)} -m maskmill "$@"; }}'
    script = "\n".join(["set -e", command, "maskmill demo -o out", *typed])
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    warnings = [line for line in done.stderr.splitlines() if "warning" in line]
    assert {line.removeprefix("maskmill: warning: ") for line in warnings} == {
        "YOLO cannot tell parts of one mask from masks: each part is a line of its own",
        "rows without a pixel are left out",
    }
    assert (tmp_path / "out" / "reply1" / "overlay.png").is_file()
    assert (tmp_path / "out" / "yolo" / "data.yaml").is_file()


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_its_line(status: Status) -> None:
    assert f"\n| `{status}` |" in TEXT


@pytest.mark.parametrize("status", list(ReplyStatus))
def test_every_status_of_a_reply_is_named(status: ReplyStatus) -> None:
    assert f"`{status}`" in TEXT


@pytest.mark.parametrize("code", [*MENDED, *REPLY_CODES])
def test_every_code_of_a_problem_is_named(code: str) -> None:
    assert f"`{code}`" in TEXT


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)]+)\)", TEXT))
def test_links_lead_somewhere(target: str) -> None:
    if target.startswith("#"):
        headings = [line.lstrip("# ").lower().replace(" ", "-") for line in TEXT.splitlines() if line.startswith("#")]
        assert target[1:] in headings
    else:
        assert target.startswith("https://") or (README.parent / target).exists()
