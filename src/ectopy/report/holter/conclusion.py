"""The conclusion of a report: plain sentences, each drawn from its figures, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ectopy.report.holter.figures import Ectopy, HolterFigures
from ectopy.report.language import Language, Plural, marked
from ectopy.rhythm.episodes import (
    ATRIAL_FIBRILLATION,
    ATRIAL_FLUTTER,
    BRADYCARDIA,
    TACHYCARDIA,
    VENTRICULAR_FIBRILLATION,
    VENTRICULAR_PACING,
)
from ectopy.wording import Clock

_ATRIAL: Final = {
    ATRIAL_FIBRILLATION: Plural(
        "Atrial fibrillation is suspected in {n} episode, {burden} of the analysed time ({longest}).",
        "Atrial fibrillation is suspected in {n} episodes, {burden} of the analysed time; the longest lasts"
        " {longest}.",
    ),
    ATRIAL_FLUTTER: Plural(
        "Atrial flutter is suspected in {n} episode, {burden} of the analysed time ({longest}).",
        "Atrial flutter is suspected in {n} episodes, {burden} of the analysed time; the longest lasts"
        " {longest}.",
    ),
}

AF_FROM: Final = 30.0
"""Seconds of recording below which nobody can say that there was no atrial fibrillation."""


def conclusion(figures: HolterFigures, clock: Clock, language: Language) -> tuple[str, ...]:
    """Return the sentences of a conclusion.

    Parameters
    ----------
    figures : HolterFigures
        Of the recording.
    clock : Clock
        Tells its times.
    language : Language
        To write in.

    Returns
    -------
    tuple of str
        What was recorded, then findings from the most urgent to the least, then what else was measured.
    """
    if not figures.n_judged:
        return (_extent(figures, language), language.text("No beat could be judged."))
    return (
        _extent(figures, language),
        *_ventricular_fibrillation(figures, language),
        *_ventricular_runs(figures, clock, language),
        *_pauses(figures, clock, language),
        *_atrial(figures, language),
        *_pacing(figures, language),
        *_rate_episodes(figures, language),
        _rates(figures, clock, language),
        *_ectopy(figures, language),
        *_variability(figures, language),
    )


def _extent(figures: HolterFigures, language: Language) -> str:
    return language.text(
        "{duration} were recorded, of which {share} could be analysed; {judged} of {beats} beats were"
        " judged.",
        duration=language.duration(figures.duration),
        share=language.percent(figures.analysed / figures.duration),
        judged=language.number(figures.n_judged),
        beats=language.number(figures.n_beats),
    )


def _ventricular_fibrillation(figures: HolterFigures, language: Language) -> Iterator[str]:
    total = figures.episode_totals[VENTRICULAR_FIBRILLATION]
    if total.count:
        yield language.count(
            Plural(
                "Ventricular flutter or fibrillation is suspected: {n} episode of {longest}.",
                "Ventricular flutter or fibrillation is suspected: {n} episodes, the longest of {longest}.",
            ),
            total.count,
            longest=language.duration(total.longest),
        )


def _ventricular_runs(figures: HolterFigures, clock: Clock, language: Language) -> Iterator[str]:
    longest, fastest = figures.ventricular.longest_run, figures.ventricular.fastest_run
    if longest and fastest:
        yield language.count(
            Plural(
                "{n} ventricular run of {beats} beats at {rate}/min, at {when}.",
                "{n} ventricular runs, the longest of {beats} beats at {rate}/min, at {when}; the fastest at"
                " {fastest}/min.",
            ),
            figures.ventricular.runs,
            beats=language.number(longest.n_ectopic),
            rate=language.number(longest.rate),
            when=clock(longest.start),
            fastest=language.number(fastest.rate),
        )


def _pauses(figures: HolterFigures, clock: Clock, language: Language) -> Iterator[str]:
    if figures.longest_pauses:
        longest = figures.longest_pauses[0]
        yield language.count(
            Plural(
                "{n} pause of {seconds} s, at {when}.",
                "{n} pauses of 2 s or more, the longest of {seconds} s, at {when}.",
            ),
            figures.n_pauses,
            seconds=language.number(longest.stop - longest.start, 2),
            when=clock(longest.start),
        )


def _atrial(figures: HolterFigures, language: Language) -> Iterator[str]:
    found = False
    for kind, forms in _ATRIAL.items():
        total = figures.episode_totals[kind]
        if total.count:
            found = True
            yield language.count(
                forms,
                total.count,
                burden=language.percent(total.burden),
                longest=language.duration(total.longest),
            )
    if not found and figures.analysed >= AF_FROM:
        yield language.text("No atrial fibrillation was detected.")


def _pacing(figures: HolterFigures, language: Language) -> Iterator[str]:
    total = figures.episode_totals[VENTRICULAR_PACING]
    if total.count:
        yield language.text(
            "Ventricular pacing in {burden} of the time; paced beats are of no other class.",
            burden=language.percent(total.burden),
        )


def _rate_episodes(figures: HolterFigures, language: Language) -> Iterator[str]:
    slow, fast = figures.episode_totals[BRADYCARDIA], figures.episode_totals[TACHYCARDIA]
    if slow.count:
        yield language.count(
            Plural(
                "{n} episode of bradycardia, {seconds} in all.",
                "{n} episodes of bradycardia, {seconds} in all.",
            ),
            slow.count,
            seconds=language.duration(slow.seconds),
        )
    if fast.count:
        yield language.count(
            Plural(
                "{n} episode of tachycardia, {seconds} in all.",
                "{n} episodes of tachycardia, {seconds} in all.",
            ),
            fast.count,
            seconds=language.duration(fast.seconds),
        )


def _rates(figures: HolterFigures, clock: Clock, language: Language) -> str:
    lowest, highest = figures.rates.lowest, figures.rates.highest
    if lowest is None or highest is None or round(lowest.value) == round(highest.value):
        return language.text("Mean heart rate {mean}/min.", mean=language.number(figures.rates.mean))
    return language.text(
        "Mean heart rate {mean}/min, over eight beats from {lowest}/min at {slow} to {highest}/min at"
        " {fast}.",
        mean=language.number(figures.rates.mean),
        lowest=language.number(lowest.value),
        slow=clock(lowest.time),
        highest=language.number(highest.value),
        fast=clock(highest.time),
    )


def _ectopy(figures: HolterFigures, language: Language) -> Iterator[str]:
    for kind, names, none, unknown, forms in (
        (
            figures.ventricular,
            {"V", "F"},
            marked("No ventricular ectopic beats."),
            marked("Ventricular ectopic beats were not looked for: the classifier knows no such class."),
            Plural(
                "{n} ventricular ectopic beat ({share} of the judged beats){grouping}.",
                "{n} ventricular ectopic beats ({share} of the judged beats){grouping}.",
            ),
        ),
        (
            figures.supraventricular,
            {"S"},
            marked("No supraventricular ectopic beats."),
            marked("Supraventricular ectopic beats were not looked for: the classifier knows no such class."),
            Plural(
                "{n} supraventricular ectopic beat ({share} of the judged beats){grouping}.",
                "{n} supraventricular ectopic beats ({share} of the judged beats){grouping}.",
            ),
        ),
    ):
        if not kind.n_beats:
            yield language.text(none if names & figures.classes.keys() else unknown)
        else:
            share, grouping = language.percent(kind.share), _grouping(kind, language)
            yield language.count(forms, kind.n_beats, share=share, grouping=grouping)


def _grouping(kind: Ectopy, language: Language) -> str:
    """Return how ectopic beats come: alone, in couplets, in runs, in bigeminy or trigeminy."""
    parts = [
        language.count(forms, n)
        for n, forms in (
            (kind.isolated, Plural("{n} alone", "{n} alone")),
            (kind.couplets, Plural("{n} couplet", "{n} couplets")),
            (kind.runs, Plural("{n} run", "{n} runs")),
            (kind.bigeminies, Plural("{n} stretch of bigeminy", "{n} stretches of bigeminy")),
            (kind.trigeminies, Plural("{n} stretch of trigeminy", "{n} stretches of trigeminy")),
        )
        if n
    ]
    return f": {', '.join(parts)}" if parts else ""


def _variability(figures: HolterFigures, language: Language) -> Iterator[str]:
    found = figures.variability
    if found.sdnn is not None and found.rmssd is not None:
        yield language.text(
            "Heart rate variability from {share} of the time: SDNN {sdnn} ms, RMSSD {rmssd} ms.",
            share=language.percent(found.nn_share),
            sdnn=language.number(found.sdnn),
            rmssd=language.number(found.rmssd),
        )
