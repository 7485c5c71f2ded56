"""Old module names, so that pickles and imports that name them still work."""

from __future__ import annotations

from typing import Final

from maskmill._moved import register_moved

_MOVED: Final = {
    "pairs": "_pairs_file",
    "table": "_table",
    "convert.filters": "convert._filters",
    "convert.options": "convert._options",
    "convert.run": "convert._run",
    "convert.tally": "convert._tally",
    "genai.asker": "genai",
    "genai.client": "genai",
    "genai.emulator": "emulator",
    "genai.emulator.faults": "emulator._faults",
    "genai.errands": "genai",
    "genai.ledger": "genai",
    "genai.limits": "genai",
    "genai.models": "genai",
    "genai.models.cost": "genai._models.cost",
    "genai.models.families": "genai._models.families",
    "genai.outcome": "genai._requests.outcome",
    "genai.pairs": "genai",
    "genai.pairs.plan": "genai",
    "genai.photos.photo": "genai._photos.photo",
    "genai.plan": "genai",
    "genai.rounds": "genai",
    "genai.run": "genai",
    "service.decoding": "service._decoding",
    "service.workers": "service._workers",
    "sources.entry": "_sources.entry",
    "sources.options": "_sources.source_options",
}
_RENAMED: Final = {
    "convert.options.Bounds": "convert._options.ShardBounds",
    "convert.options.Options": "convert._options.ConvertOptions",
    "convert.run.Summary": "convert._run.ConversionSummary",
    "genai.ledger.Answer": "genai._ledger.records.LedgerAnswer",
    "genai.models.families.Guess": "genai._models.families.TokenGuess",
    "genai.models.families.Models": "genai._models.families.ModelTable",
    "genai.outcome.Said": "genai._requests.outcome.ModelOutput",
    "genai.plan.Asked": "genai._history.Attempt",
    "genai.plan.Step": "genai._history.Step",
    "pairs.Fault": "_pairs_file.UnusableLine",
    "pairs.Pairs": "_pairs_file.PairsFile",
    "service.decoding.Bounds": "service._decoding.RequestBounds",
    "service.decoding.Request": "service._decoding.DecodeRequest",
}

register_moved("maskmill_bindings", _MOVED, _RENAMED)
