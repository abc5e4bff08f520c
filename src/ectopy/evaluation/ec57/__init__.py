"""The comparators of ANSI/AAMI EC57: beat by beat, run by run, episode by episode, and their summaries.

They take arrays or `ectopy.record.Annotations` and give frozen results; ``str()`` of one is its report, byte
for byte that of the WFDB programs bxb, rxr and epicmp, and `to_frame` makes a pandas frame of many.
"""

from ectopy.evaluation.ec57.beat_reports import BeatComparison
from ectopy.evaluation.ec57.beats import compare_beats
from ectopy.evaluation.ec57.episode_reports import EpisodeComparison
from ectopy.evaluation.ec57.episodes import compare_episodes
from ectopy.evaluation.ec57.figures import Share
from ectopy.evaluation.ec57.frames import to_frame
from ectopy.evaluation.ec57.run_reports import RunComparison, RunMatrices
from ectopy.evaluation.ec57.runs import compare_runs
from ectopy.evaluation.ec57.summary import Summary, summarise

__all__ = [
    "BeatComparison",
    "EpisodeComparison",
    "RunComparison",
    "RunMatrices",
    "Share",
    "Summary",
    "compare_beats",
    "compare_episodes",
    "compare_runs",
    "summarise",
    "to_frame",
]
