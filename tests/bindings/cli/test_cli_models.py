"""``maskmill models``."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

from maskmill_bindings.genai._models import load_models
from support.command import Capture, run_here


def test_the_table_shows_every_family_and_marks_the_default(capsys: Capture) -> None:
    status, output, errors = run_here(capsys, "models")
    assert (status, errors) == (0, "")
    assert output.split()[:3] == ["model", "form", "settings"]
    names = [family.name for family in load_models().families]
    assert all(name[:28] in output for name in names)
    marked = [line.split()[0] for line in output.splitlines() if line.split()[1:2] == ["*"]]
    assert marked == [load_models().default(date.today()).name]
    assert "unknown" in output
    assert "US dollars per million tokens" in output


def test_json_holds_the_same(capsys: Capture) -> None:
    status, output, _ = run_here(capsys, "models", "--json")
    report = json.loads(output)
    assert (status, report["today"], report["batch"]) == (0, date.today().isoformat(), 0.5)
    assert [model["name"] for model in report["models"]] == [family.name for family in load_models().families]
    assert [m["name"] for m in report["models"] if m["default"]] == [load_models().default(date.today()).name]
    flash = report["models"][0]
    assert flash["settings"] == {"temperature": 0.5, "thinkingConfig": {"thinkingBudget": 0}}
    assert (flash["retires"], flash["input_price"], flash["output_price"]) == ("2026-12-01", 0.3, 2.5)


def test_the_prompts_are_shown(capsys: Capture) -> None:
    words = " ".join(run_here(capsys, "models")[1].split())
    prompts = json.loads(run_here(capsys, "models", "--json")[1])["prompts"]
    assert set(prompts) == {family.prompt for family in load_models().families}
    for kind, prompt in prompts.items():
        example = prompt.format(what='every object of these kinds: "cup", "plate"')
        assert f"Prompt for {kind}: {example}" in words


def test_a_table_of_ones_own(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('default = "mine"\n[families.mine]\nform = "png"\nprompt = "png"\nevidence = "seen \\u001b[31m"')
    status, output, _ = run_here(capsys, "models", "--models", file)
    assert status == 0
    assert "mine *" in output
    assert "\x1b" not in output
    file.write_text("families.mine.form = 3")
    status, output, errors = run_here(capsys, "models", "--models", file)
    assert (status, output) == (2, "")
    assert (
        errors
        == f"maskmill: expected one of png, ring, ring_yx, boxes, none, got 3 - at `{file}: families.mine.form`\n"
    )
    assert run_here(capsys, "models", "--models", "")[0] == 2


def test_nothing_heavy_is_imported() -> None:
    script = (
        "import sys\nfrom maskmill_bindings import _cli as cli\nassert cli.run(['models']) == 0\n"
        "from maskmill_bindings.genai._models import cost, prompts; from maskmill_bindings.genai._photos import photo\n"
        "print(*sorted({'google', 'cv2', 'numba', 'PIL'} & set(sys.modules)), 'end')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines()[-1].split() == ["end"]
