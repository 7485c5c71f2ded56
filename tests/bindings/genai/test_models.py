"""The table of models: the built-in one, and valid and invalid changes by a user's file."""

from __future__ import annotations

import json
import tomllib
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from maskmill._model_ends import LAST_PNG_MODEL, MODEL_ENDS, POLYGON_MODEL, end_of
from maskmill.errors import ArgumentError
from maskmill_bindings.genai._models import Family, load_models
from maskmill_bindings.genai._models import families as module

TODAY = date(2026, 11, 28)
LAST_DAY = date(2026, 11, 30)
TABLE = tomllib.loads(Path(module.__file__).with_name("models.toml").read_text())
FAMILIES = load_models().families


def own(tmp_path: Path, text: str) -> Path:
    (tmp_path / "own.toml").write_text(text)
    return tmp_path / "own.toml"


# The built-in table.


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_family_is_complete(family: Family) -> None:
    assert load_models().family_of(family.name) is family
    assert len({family, family}) == 1
    assert family.evidence
    assert family.mark in ("checked", "documented", "reported", "inferred")
    assert json.loads(json.dumps(family.settings)) == family.settings
    assert bool(family.prices) == bool(family.priced)
    assert all(earlier.since < later.since for earlier, later in pairwise(family.prices))
    assert family.retires is None or family.successor_family is not None


def test_the_engine_knows_the_ends_and_the_model_for_polygons() -> None:
    """They stand in one place; the engine's advice names them too."""
    for family in FAMILIES:
        end = end_of(family.name)
        assert (family.retires, family.routed) == ((end.day, end.routed or None) if end else (None, None))
        assert not TABLE["families"][family.name].keys() & {"retires", "routed"}
    assert load_models().polygon_name == POLYGON_MODEL
    assert load_models().family_of(LAST_PNG_MODEL).form == "png"
    assert {end.family for end in MODEL_ENDS} <= {family.name for family in FAMILIES}


def test_what_must_not_be_sent() -> None:
    """As answers of 400 showed: no temperature for 3.x, no minimal thinking for 3.7 and 3.8, no JSON mode for 2.5."""
    for family in FAMILIES:
        assert not family.settings.keys() & {"responseMimeType", "responseSchema", "topP", "topK"}
        if family.name.startswith(("gemini-3", "gemini-4", "gemini-robotics-er-2")):
            assert family.settings.keys() == {"thinkingConfig"}
            assert family.settings["thinkingConfig"].keys() == {"thinkingLevel"}
        if family.name in ("gemini-3.7-flash", "gemini-3.8-flash", "gemini-4-argon", "gemini-3.1-pro-preview"):
            assert family.settings["thinkingConfig"]["thinkingLevel"] == "low"
    assert load_models().family_of("gemini-2.5-pro").settings["thinkingConfig"]["thinkingBudget"] >= 128


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("gemini-2.5-flash", "gemini-2.5-flash"),
        ("models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("publishers/google/models/gemini-2.5-flash-001", "gemini-2.5-flash"),
        ("gemini-2.5-flash-preview-05-20", "gemini-2.5-flash"),
        ("gemini-2.5-flash-lite", "gemini-2.5-flash-lite"),
        ("gemini-2.5-flash-lite-preview-09-2025", "gemini-2.5-flash-lite"),
        ("gemini-2.5-pro-preview-06-05", "gemini-2.5-pro"),
        ("gemini-3.1-pro-preview-customtools", "gemini-3.1-pro-preview"),
        ("gemini-3.6-flash", "gemini-3.6-flash"),
    ],
)
def test_names_belong_to_families(name: str, family: str) -> None:
    assert load_models().family_of(name).name == family


@pytest.mark.parametrize("name", ["gemini-2.5-flash-image", "gemini-2.5-flash-preview-tts", "gemini-9", "tuned/x"])
def test_a_model_that_is_not_known_is_asked_for_rings_with_its_own_settings(name: str) -> None:
    family = load_models().family_of(name)
    assert (family.prompt, family.form, family.settings, family.is_known) == ("ring", "ring", {}, False)
    assert "not in the table" in family.evidence
    assert (family.price_on(TODAY), family.retirement_warning(TODAY)) == (None, None)


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_no_name(name: str) -> None:
    with pytest.raises(ArgumentError, match=r"expected the name of a model, got .* - at `model`"):
        load_models().family_of(name)


# Retirement.


def test_the_default_gives_pngs_as_long_as_there_are_any() -> None:
    models = load_models()
    assert models.default(LAST_DAY).name == "gemini-2.5-flash"
    after = models.default(date(2026, 12, 1))
    assert (after.name, after.form) == ("gemini-3.6-flash", "ring")
    assert models.polygon_family(TODAY).prompt == "ring"
    assert not models.polygon_family(TODAY).is_retired(TODAY)


def test_retirement_begins_with_its_day() -> None:
    family = load_models().family_of("gemini-2.5-flash")
    assert [family.is_retired(day) for day in (LAST_DAY, date(2026, 12, 1))] == [False, True]
    assert family.successor_family == load_models().family_of("gemini-3.6-flash")


@pytest.mark.parametrize(("days", "warned"), [(15, False), (14, True), (1, True), (0, True), (-400, True)])
def test_a_warning_comes_two_weeks_before(days: int, warned: bool) -> None:
    warning = load_models().family_of("gemini-2.5-pro").retirement_warning(date(2026, 12, 1) - timedelta(days))
    assert (warning is not None) is warned


def test_a_warning_names_the_successor_and_the_cost() -> None:
    flash, pro, er = map(
        load_models().family_of, ("gemini-2.5-flash", "gemini-2.5-pro", "gemini-robotics-er-1.6-preview")
    )
    before, after = flash.retirement_warning(TODAY), flash.retirement_warning(date(2027, 1, 2))
    assert before is not None
    assert "retires on 2026-12-01; from then on gemini-3.5-flash-lite answers in its place" in before
    assert "Take gemini-3.6-flash: output 1.5 times as dear a token, ring instead of png" in before
    assert after is not None
    assert "was retired on 2026-12-01" in after
    assert "output 3 times as dear" in after
    assert "output 0.38 times as dear" in str(pro.retirement_warning(TODAY))
    assert str(er.retirement_warning(TODAY)).endswith("Take gemini-robotics-er-2-preview: ring_yx instead of ring.")


def test_prices_change_on_their_day() -> None:
    argon = load_models().family_of("gemini-4-argon")
    outputs = [p.output if (p := argon.price_on(day)) else None for day in (date(2026, 10, 12), LAST_DAY, date.max)]
    assert outputs == [None, 10.0, 20.0]


# A user's file.


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    text = """
    default = "mine"
    batch = 0.25
    guess.item.ring = 900
    [families.mine]
    form = "png"
    prompt = "ring"
    retires = 2027-01-01
    successor = "gemini-3.6-flash"
    [families."gemini-3.6-flash"]
    settings = { temperature = 1 }
    """
    models, built_in = load_models(own(tmp_path, text)), load_models()
    changed = models.family_of("gemini-3.6-flash")
    assert changed.settings == {"temperature": 1}
    assert changed.prices == built_in.family_of("gemini-3.6-flash").prices
    assert models.default(TODAY).name == "mine"
    assert models.default(date(2027, 1, 1)) is changed
    assert (models.batch, models.guess.item["ring"], models.guess.item["png"]) == (
        0.25,
        900,
        built_in.guess.item["png"],
    )
    assert [f for f in models.families if f.name not in ("mine", "gemini-3.6-flash")] == [
        f for f in built_in.families if f.name != "gemini-3.6-flash"
    ]
    assert load_models(own(tmp_path, "")) == built_in


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1", r"expected one of the keys .*default.*, got colour - at `[^`]*own.toml`"),
        ("families.x.colour = 1", r"one of the keys .*form.*, got colour - at `[^`]*own.toml: families.x`"),
        ("families.x.prompt = 'png'", r"the key form, as the family is a new one, got none - at .*families.x`"),
        (
            "families.gemini-4-argon.form = 'circle'",
            r"one of png, .*, got 'circle' - at .*own.toml: families.gemini-4-argon.form",
        ),
        (
            "families.gemini-4-argon.retires = '2026-13-01'",
            r"a date such as .*, got '2026-13-01' - at .*argon.retires`",
        ),
        ("families.gemini-4-argon.retires = 2026-12-01T00:00:00", r"a date such as .*argon.retires`"),
        (
            "families.gemini-4-argon.retires = 2026-13-01",
            r"a TOML file with models, got one that is damaged .*own.toml`",
        ),
        ("families.gemini-4-argon.thoughts = -1", r"an integer that is not negative, got -1 - at .*argon.thoughts`"),
        ("families.gemini-4-argon.thoughts = true", r"an integer that is not negative"),
        ("families.gemini-4-argon.image = 'many'", r'an integer or "tiles", got \'many\''),
        ("families.gemini-4-argon.settings = 1", r"a table of settings, got 1"),
        ("families.gemini-4-argon.names = 'a*'", r"a list of patterns"),
        ("families.gemini-4-argon.prices = [{input = 1}]", r"a list of .since = .*argon.prices`"),
        ("families.gemini-4-argon.prices = [{since = 2026-01-01, input = nan, output = 1}]", r"a list of .since"),
        ("families.gemini-4-argon.successor = 'nobody'", r"the name of a family, got 'nobody' - at .*argon.successor`"),
        ("families.gemini-3.x = 1", r"one of the keys"),
        ("families = 1", r"a table of families, got 1 - at .*own.toml: families`"),
        ("default = 'nobody'", r"the name of a family, got 'nobody' - at .*own.toml: default`"),
        ("batch = 'half'", r"a number that is not negative, got 'half' - at .*own.toml: batch`"),
        ("guess = 4", r"a table, got 4 - at .*own.toml: guess`"),
        ("guess.text = 0", r"a number above 0, got 0 - at .*own.toml: guess.text`"),
        ("guess.item.png = '1'", r"at .*own.toml: guess.item.png`"),
        ("[families", r"one that is damaged"),
        ("x = " + "[" * 5000, r"one that is damaged"),
    ],
)
def test_what_a_file_may_not_say(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        load_models(own(tmp_path, text))


def test_successors_in_a_circle(tmp_path: Path) -> None:
    text = """
    [families.gemini-4-argon]
    successor = "gemini-3-flash-preview"
    [families."gemini-3.6-flash"]
    successor = "gemini-4-argon"
    """
    with pytest.raises(ArgumentError, match=r"successors that come to an end, got .* again"):
        load_models(own(tmp_path, text))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"default = '\xff'")
    for name, message in (("gone.toml", "No such file"), (".", "Is a directory"), ("latin.toml", "damaged")):
        with pytest.raises(ArgumentError, match=f"a TOML file with models, got .*{message}"):
            load_models(tmp_path / name)


def test_the_file_says_no_more_than_the_families_hold() -> None:
    assert list(TABLE["families"]) == [family.name for family in FAMILIES]
