"""``ectopy stream``: beats of a signal that comes through a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from ectopy.apps.cli.console import print_json

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ectopy.analysis.result import Analysis
    from ectopy.analysis.stream import StreamBeat
    from ectopy.rhythm.episodes import Episode
    from ectopy.rhythm.events import Event

PACKET: Final = 0.04
"""Seconds of lines that are taken together."""


def stream(
    fs: Annotated[float, typer.Option(help="Sampling frequency in Hz.", show_default=False)],
    leads: Annotated[str, typer.Option(help="Names of the leads, with commas.", show_default=False)],
    form: Annotated[
        Literal["text", "int16"],
        typer.Option(
            "--format",
            help="text: a line per instant, a number per lead, nan where missing; int16: little-endian"
            " integers, the leads of an instant together, -32768 where missing.",
        ),
    ] = "text",
    gain: Annotated[
        float | None,
        typer.Option(help="Units of the numbers per mV; 1 for text.", show_default=False),
    ] = None,
    name: Annotated[str, typer.Option(help="What to call the recording.")] = "stream",
) -> None:
    """Read samples from standard input and print a line of JSON for each beat and event.

    A beat comes twice: provisional, within 1.5 s of its R peak, and final, as the analysis of the
    whole recording gives it.
    """
    from ectopy.analysis.stream import Stream, final_beats
    from ectopy.analysis.stream_events import EventWatch

    names = [each.strip() for each in leads.split(",") if each.strip()]
    watch, n_final, n_samples = EventWatch(fs), 0, 0
    since: float | None = None
    with Stream(fs, names, name=name) as running:
        for packet in _packets(form, len(names), fs, gain):
            for beat in running.push(packet):
                _tell(_beat(beat))
                n_final += beat.final
                for event in () if beat.final else watch.push(beat):
                    _tell(_event(event, final=False))
            n_samples += len(packet)
            before, since = since, running.fibrillating_since
            if before is None and since is not None:
                _tell(_fibrillation(since, None))
            elif before is not None and since is None:
                _tell(_fibrillation(before, n_samples / fs))
        analysis = running.flush()
    for beat in final_beats(analysis, n_final):
        _tell(_beat(beat))
    for episode in analysis.episodes:
        _tell(_episode(episode, fs))
    for event in analysis.events:
        _tell(_event(event, final=True))
    _tell(_end(analysis))


def _packets(form: str, n_leads: int, fs: float, gain: float | None) -> Iterator[npt.NDArray[np.float32]]:
    from ectopy.errors import ParameterError
    from ectopy.io.packets import int16_packets, text_packets

    if gain is not None and not gain > 0:
        raise ParameterError(f"--gain {gain:g} is not possible; give units per mV, above 0")
    if form == "text":
        return text_packets(sys.stdin, n_leads, max(1, round(PACKET * fs)), gain or 1.0)
    if gain is None:
        raise ParameterError("--format int16 needs --gain: the units per mV, such as 200")
    return int16_packets(sys.stdin.buffer, n_leads, gain)


def _tell(line: dict[str, Any]) -> None:
    print_json(line, indent=None)
    sys.stdout.flush()


def _beat(beat: StreamBeat) -> dict[str, Any]:
    return {
        "kind": "beat",
        "final": beat.final,
        "sample": beat.sample,
        "time": round(beat.time, 3),
        "lead": beat.lead,
        "class": beat.label,
        "probability": round(beat.probability, 4),
        "rr": None if beat.rr is None else round(beat.rr, 3),
        "rate": None if beat.rate is None else round(beat.rate, 1),
        "score": None if beat.score is None else round(beat.score, 4),
    }


def _event(event: Event, *, final: bool) -> dict[str, Any]:
    return {
        "kind": "event",
        "final": final,
        "event": event.kind,
        "start": round(event.start, 3),
        "stop": round(event.stop, 3),
        "n_ectopic": event.n_ectopic,
        "rate": round(event.rate, 1),
    }


def _fibrillation(start: float, stop: float | None) -> dict[str, Any]:
    """Tell of ventricular fibrillation that goes on, or of one that is over."""
    from ectopy.rhythm.episodes import VENTRICULAR_FIBRILLATION

    return {
        "kind": "episode",
        "final": False,
        "episode": VENTRICULAR_FIBRILLATION,
        "start": round(start, 3),
        "stop": None if stop is None else round(stop, 3),
    }


def _episode(episode: Episode, fs: float) -> dict[str, Any]:
    return {
        "kind": "episode",
        "final": True,
        "episode": episode.kind,
        "start": round(episode.start / fs, 3),
        "stop": round(episode.stop / fs, 3),
    }


def _end(analysis: Analysis) -> dict[str, Any]:
    summary = analysis.summary()
    return {
        "kind": "end",
        "record": summary.record,
        "duration": summary.duration,
        "n_beats": summary.n_beats,
        "classes": summary.classes,
        "n_clusters": len(set(analysis.clusters.tolist()) - {-1}),
        "warnings": summary.warnings,
        "disclaimer": summary.disclaimer,
    }
