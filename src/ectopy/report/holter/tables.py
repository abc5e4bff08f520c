"""The tables of a Holter report, in the words of its language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ectopy.report.holter.figures import Ectopy, HolterFigures, Hour, Rate
from ectopy.report.language import Language, marked
from ectopy.report.titles import TITLES
from ectopy.rhythm.events import Event
from ectopy.wording import Clock

LONG = 600.0
"""Seconds of recording from which on a figure per hour is meaningful."""


@dataclass(frozen=True)
class Table:
    """A table: what it is of, the heads of its columns, and its rows, whose first cell is their head.

    A row of one cell is the head of the rows below it.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Tables:
    """Makes the tables of one report.

    Parameters
    ----------
    figures : HolterFigures
        Of the recording.
    clock : Clock
        Tells its times.
    language : Language
        To write in.
    """

    figures: HolterFigures
    clock: Clock
    language: Language

    def hours(self) -> Table:
        """Return one row an hour, and the whole."""
        say, figures = self.language.text, self.figures
        whole = Hour(
            start=0.0,
            stop=figures.duration,
            n_beats=figures.n_beats,
            rates=figures.rates,
            classes=figures.classes,
            n_pauses=figures.n_pauses,
            n_ventricular_runs=figures.ventricular.runs,
            n_supraventricular_runs=figures.supraventricular.runs,
            fibrillation_minutes=sum(hour.fibrillation_minutes for hour in figures.hours),
            unusable_minutes=sum(hour.unusable_minutes for hour in figures.hours),
        )
        return Table(
            say("Hour by hour"),
            (
                say("from"),
                say("beats"),
                say("slowest, 1/min"),
                say("at"),
                say("mean, 1/min"),
                say("fastest, 1/min"),
                say("at"),
                "V",
                "S",
                "F",
                say("pauses"),
                say("V runs"),
                say("S runs"),
                say("AF, min"),
                say("unusable, min"),
            ),
            (*self._hour_rows(), self._hour(whole, say("all"), self.clock)),
        )

    def ectopy(self) -> Table:
        """Return ventricular and supraventricular ectopy side by side."""
        say, figures = self.language.text, self.figures
        both = (figures.ventricular, figures.supraventricular)
        number = self.language.number
        rows = [
            (say("beats"), *(number(kind.n_beats) for kind in both)),
            (say("share of judged beats"), *(self.language.percent(kind.share) for kind in both)),
            (say("isolated"), *(number(kind.isolated) for kind in both)),
            (say("couplets"), *(number(kind.couplets) for kind in both)),
            (
                say("bigeminy, stretches (beats)"),
                *(_some(kind.bigeminies, kind.bigeminy_beats) for kind in both),
            ),
            (
                say("trigeminy, stretches (beats)"),
                *(_some(kind.trigeminies, kind.trigeminy_beats) for kind in both),
            ),
            (say("runs (beats)"), *(_some(kind.runs, kind.run_beats) for kind in both)),
            (say("longest run"), *(self._run(kind.longest_run) for kind in both)),
            (say("fastest run"), *(self._run(kind.fastest_run) for kind in both)),
        ]
        if figures.duration >= LONG:
            rows.insert(2, (say("per hour"), *(self._per_hour(kind) for kind in both)))
        heads = ("", say("ventricular (V, F)"), say("supraventricular (S)"))
        return Table(say("Ectopic beats"), heads, tuple(rows))

    def rates(self) -> Table:
        """Return the heart rates."""
        say, figures, number = self.language.text, self.figures, self.language.number
        rows = [
            (say("mean"), number(figures.rates.mean), ""),
            (say("slowest over eight beats"), *self._rate(figures.rates.lowest, self.clock)),
            (say("fastest over eight beats"), *self._rate(figures.rates.highest, self.clock)),
        ]
        if figures.day is not None or figures.night is not None:
            rows += [
                (say("mean by day, 6 to 22 h"), number(figures.day), ""),
                (say("mean by night, 22 to 6 h"), number(figures.night), ""),
            ]
        return Table(say("Heart rate"), ("", "1/min", say("at")), tuple(rows))

    def episodes(self) -> Table:
        """Return the episodes of each kind that was found."""
        say, number = self.language.text, self.language.number
        rows = [
            (
                say(TITLES[kind]),
                number(total.count),
                self.language.duration(total.seconds),
                self.language.percent(total.burden),
                self.language.duration(total.longest),
            )
            for kind, total in self.figures.episode_totals.items()
            if total.count
        ]
        heads = ("", say("episodes"), say("in all"), say("of analysed time"), say("longest"))
        return Table(say("Episodes of rhythm"), heads, tuple(rows))

    def intervals(self) -> Table:
        """Return the longest RR intervals."""
        say = self.language.text
        rows = tuple(
            (self.clock(each.time, 1), self.language.number(each.seconds, 2))
            for each in self.figures.longest_rr
        )
        return Table(say("Longest RR intervals"), (say("at"), "s"), rows)

    def runs(self) -> tuple[Table, Table]:
        """Return the longest and the fastest runs."""
        say = self.language.text
        heads = (say("at"), say("kind"), say("beats"), "1/min")
        return (
            Table(say("Longest runs"), heads, self._run_rows(self.figures.longest_runs)),
            Table(say("Fastest runs"), heads, self._run_rows(self.figures.fastest_runs)),
        )

    def variability(self) -> Table:
        """Return heart rate variability."""
        say, found = self.language.text, self.figures.variability
        figures: tuple[tuple[str, float | None, int, str], ...] = (
            (say("mean NN"), found.mean_nn, 0, "ms"),
            ("SDNN", found.sdnn, 0, "ms"),
            ("SDANN", found.sdann, 0, "ms"),
            (say("SDNN index"), found.sdnn_index, 0, "ms"),
            ("RMSSD", found.rmssd, 0, "ms"),
            ("pNN50", None if found.pnn50 is None else 100 * found.pnn50, 1, "%"),
            (say("triangular index"), found.triangular_index, 1, ""),
            ("SD1", found.sd1, 0, "ms"),
            ("SD2", found.sd2, 0, "ms"),
            ("VLF", found.vlf, 0, "ms²"),
            ("LF", found.lf, 0, "ms²"),
            ("HF", found.hf, 0, "ms²"),
            ("LF/HF", found.lf_hf, 2, ""),
            ("DFA α1", found.dfa_alpha1, 2, ""),
            (say("sample entropy"), found.sample_entropy, 2, ""),
            (say("deceleration capacity"), found.deceleration_capacity, 1, "ms"),
            (say("turbulence onset"), found.turbulence_onset, 1, "%"),
            (say("turbulence slope"), found.turbulence_slope, 1, say("ms per interval")),
        )
        caption = say(
            "Heart rate variability, from {n} NN intervals ({share} of the time)",
            n=self.language.number(found.n_nn),
            share=self.language.percent(found.nn_share),
        )
        rows = tuple(
            (name, self.language.number(value, decimals), unit)
            for name, value, decimals, unit in figures
            if value is not None
        )
        return Table(caption, ("", say("value"), say("unit")), rows)

    def _hour_rows(self) -> Iterator[tuple[str, ...]]:
        """Return a row an hour, and a head over the hours of each day after the first."""
        day = 1
        for hour in self.figures.hours:
            if self.clock.day(hour.start) > day:
                day = self.clock.day(hour.start)
                yield (self.language.text("Day {n}", n=day),)
            yield self._hour(hour, self.clock.of_day(hour.start), self.clock.of_day)

    def _hour(self, hour: Hour, name: str, told: Callable[[float], str]) -> tuple[str, ...]:
        number = self.language.number
        return (
            name,
            number(hour.n_beats),
            *self._rate(hour.rates.lowest, told),
            number(hour.rates.mean),
            *self._rate(hour.rates.highest, told),
            *(number(hour.classes.get(each, 0)) for each in "VSF"),
            number(hour.n_pauses),
            number(hour.n_ventricular_runs),
            number(hour.n_supraventricular_runs),
            number(hour.fibrillation_minutes),
            number(hour.unusable_minutes),
        )

    def _rate(self, rate: Rate | None, told: Callable[[float], str]) -> tuple[str, str]:
        return ("–", "") if rate is None else (self.language.number(rate.value), told(rate.time))

    def _run(self, run: Event | None) -> str:
        if run is None:
            return "–"
        return self.language.text(
            "{n} beats at {rate}/min, {when}",
            n=self.language.number(run.n_ectopic),
            rate=self.language.number(run.rate),
            when=self.clock(run.start),
        )

    def _run_rows(self, runs: Sequence[Event]) -> tuple[tuple[str, ...], ...]:
        number = self.language.number
        return tuple(
            (
                self.clock(run.start),
                self.language.text(TITLES[run.kind]),
                number(run.n_ectopic),
                number(run.rate),
            )
            for run in runs
        )

    def _per_hour(self, kind: Ectopy) -> str:
        return self.language.number(kind.per_hour, 1)


def _some(count: int, beats: int) -> str:
    return f"{count} ({beats})" if count else "0"


CLASS_TITLES = {
    "N": marked("normal"),
    "S": marked("supraventricular"),
    "V": marked("ventricular"),
    "F": marked("fusion"),
    "Q": marked("paced or unknown"),
}
"""What a report calls the AAMI classes."""
