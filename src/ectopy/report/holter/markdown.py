"""A Holter report as Markdown: what fits into a letter, a ticket or a notebook."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.analysis.result import Analysis
from ectopy.io.safe_names import visible
from ectopy.report.holter.figures import HolterFigures, Hour, Rate, holter_figures
from ectopy.report.holter.review import conclusion_of, review_sentences
from ectopy.report.language import Language
from ectopy.wording import Clock

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~])")


def holter_markdown(analysis: Analysis, language: Language, figures: HolterFigures | None = None) -> str:
    """Return the conclusion and the hourly table of a report as Markdown.

    Parameters
    ----------
    analysis : Analysis
        Of one recording.
    language : Language
        To write in.
    figures : HolterFigures, optional
        Where they were counted before.
    """
    figures, clock = figures or holter_figures(analysis), language.clock(analysis.record.start)
    say = language.text
    heads = (
        say("from"),
        say("beats"),
        say("slowest, 1/min"),
        say("mean, 1/min"),
        say("fastest, 1/min"),
        "V",
        "S",
        say("pauses"),
        say("runs"),
        say("AF, min"),
        say("unusable, min"),
    )
    return "\n".join(
        [
            f"# {_safe(analysis.record.name)}",
            "",
            *(f"- {_safe(sentence)}" for sentence in conclusion_of(analysis, figures, clock, language)),
            "",
            *(f"{_safe(sentence)}  " for sentence in review_sentences(analysis.review, language)),
            *([""] if analysis.review else []),
            *(f"> {_safe(warning)}" for warning in analysis.warnings),
            *([""] if analysis.warnings else []),
            *_table(heads, [_row(hour, clock, language) for hour in figures.hours]),
            "",
            f"*{say(DISCLAIMER)}*",
            "",
        ]
    )


def _row(hour: Hour, clock: Clock, language: Language) -> list[str]:
    return [
        clock(hour.start),
        language.number(hour.n_beats),
        _rate(hour.rates.lowest, language),
        language.number(hour.rates.mean),
        _rate(hour.rates.highest, language),
        language.number(hour.classes.get("V", 0) + hour.classes.get("F", 0)),
        language.number(hour.classes.get("S", 0)),
        language.number(hour.n_pauses),
        language.number(hour.n_ventricular_runs + hour.n_supraventricular_runs),
        language.number(hour.fibrillation_minutes),
        language.number(hour.unusable_minutes),
    ]


def _rate(rate: Rate | None, language: Language) -> str:
    return language.number(None if rate is None else rate.value)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def _safe(text: str) -> str:
    """Return a text that no reader of Markdown takes for markup."""
    return _MARKUP.sub(r"\\\1", visible(text))
