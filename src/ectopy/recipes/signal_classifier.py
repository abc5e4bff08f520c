"""How the shipped signal classifier is made and measured.

It learns fibrillation from people of the Creighton database (by our audit of it) and record 207 of MIT-BIH,
beats from DS1, the QT Database and the challenge of 2017, artefact from that challenge's recordings that are
too noisy and from the first half of the noises of the Noise Stress Test Database. People are kept apart by
`kept_apart`, DS1 and `qtdb_part`; nobody of the Normal Sinus Rhythm Database is learned from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import condition
from ectopy.datasets.cinc2017 import load_cinc2017_record, load_cinc2017_table
from ectopy.datasets.cudb import FIBRILLATION as FIBRILLATES
from ectopy.datasets.cudb import audited_stretches, cudb_records, load_cudb_record
from ectopy.datasets.mitbih import NOISES, NSTDB_FS, load_noise, load_record
from ectopy.datasets.people import kept_apart
from ectopy.datasets.qtdb import load_qtdb_record, qtdb_part, qtdb_records
from ectopy.datasets.splits import DS1
from ectopy.errors import require_extra
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.manifest import Manifest
from ectopy.models.signal_classifier import CLASSES, KIND
from ectopy.record import Record
from ectopy.signal.classifier_input import INPUT_FS, SAMPLES, halved
from ectopy.training.signal_examples import (
    ARTEFACT,
    BEATS,
    FIBRILLATION,
    N_FRAMES,
    N_TIMES,
    NOT_LEARNED,
    LabelledLead,
    SignalExamples,
    bad_contact,
    drawn_example,
    made_rhythm,
    massage,
    motion,
    sway,
    tremor,
    with_fibrillation,
    with_noise,
    with_pops,
)

if TYPE_CHECKING:
    from torch import nn

    from ectopy.networks.signal_network import SignalShape

Noises = dict[str, npt.NDArray[np.float32]]
"""Recorded noises by name: their channels at 60 Hz."""

Chosen = Callable[[str], bool]

EPOCHS: Final = 8
"""Passes over the examples."""

_PER_LEAD: Final = {"cudb": 80, "mitdb": 44, "qtdb": 11, "too noisy": 8}
"""Examples of each lead; of every third other recording of the challenge one."""

FIBRILLATION_THRESHOLD: Final = 0.7
ARTEFACT_THRESHOLD: Final = 0.7
"""Mean probability over 3.5 s, and over 1.5 s, from which on fibrillation and artefact are named."""

LEAST_NOISINESS: Final = 0.15
"""Noisiness below which a recording is never too noisy: sick hearts have unlike beats."""

TOO_NOISY: Final = 0.19
NOISINESS_WEIGHT: Final = 0.529
SHAPE_WEIGHT: Final = 0.657
SIZE_WEIGHT: Final = 0.538
"""A logistic regression on the training people of CinC 2017, by a tenth, of noisiness in the calmest third of
the recording, the share of the first principal component of the beats, and the spread of their QRS
amplitudes; above the first it is too noisy.

Noisiness was that of two networks, each trained on half of the people and run over the other half."""

_DISTURBANCES: Final = {
    "nothing": 0.18,
    "recorded noise": 0.48,
    "motion": 0.06,
    "wander": 0.03,
    "fibrillation": 0.09,
    "massage": 0.04,
    "tremor": 0.04,
    "bad contact": 0.04,
    "pops": 0.04,
}
"""Shares of the examples of beats to which something happens."""

_NOISE_SHARES: Final = {"em": 0.45, "ma": 0.25, "bw": 0.3}
"""How often each recorded noise is drawn: wander has to be seen often, to be told from what hides beats."""

_FRAME_SECONDS: Final = 0.5
_NOISY_WEIGHT: Final = 0.35
"""Weight of recordings that are too noisy as a whole: parts of them can be read."""

_CALM: Final = (0.75, 2.0)
_SPEEDS: Final = (0.8, 1.25)
"""How much faster examples are played: a heart without ectopy at any rate, others nearly as they were."""


def train_signal_classifier(
    out: Path, *, epochs: int = EPOCHS, seed: int = 0, command: str = "", progress: bool = False
) -> Manifest:
    """Train a signal classifier and write it.

    Parameters
    ----------
    out : Path
        Folder for the artifact.
    epochs : int
        Passes over the examples.
    seed : int
        Of everything random.
    command : str
        What the user typed, for the manifest.
    progress : bool
        Draw a progress bar.

    Returns
    -------
    Manifest
        What was written.

    Raises
    ------
    DatasetError
        If ``cudb``, ``mitdb``, ``qtdb``, ``cinc2017`` or ``nstdb`` is not at hand.
    MissingExtraError
        If torch is not installed.
    """
    return fit_signal_classifier(
        training_examples(seed),
        out,
        epochs=epochs,
        seed=seed,
        training={"command": command, "cudb": [name for name in cudb_records() if _learned(f"cudb-{name}")]},
        progress=progress,
    ).manifest


def fit_signal_classifier(
    examples: SignalExamples,
    out: Path,
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
    training: dict[str, Any] | None = None,
    progress: bool = False,
) -> Artifact:
    """Fit the network to examples and write it."""
    require_extra("torch", "train")
    from ectopy.networks.signal_network import SignalNetwork, SignalShape, signal_loss
    from ectopy.training.loop import Schedule, fit_network, one_thread, seeded

    shape = SignalShape()
    with seeded(seed):
        network = SignalNetwork(shape)
    schedule = Schedule(epochs=epochs, batch_size=64, learning_rate=5e-3, patience=epochs)
    some = tuple(column[::20] for column in examples.arrays)
    with one_thread():
        history = fit_network(
            network, signal_loss, examples.arrays, some, schedule=schedule, seed=seed, progress=progress
        )
    learned = {
        "datasets": "cudb, mitdb (DS1), qtdb, cinc2017, nstdb",
        "examples": len(examples.leads),
        "seed": seed,
        "schedule": asdict(schedule),
        "loss": history.train,
        **(training or {}),
    }
    return artifact.save(out, _manifest(shape, learned), {artifact.NETWORK: _to_onnx(network)})


def _manifest(shape: SignalShape, training: dict[str, Any]) -> Manifest:
    return Manifest(
        name="signal-classifier",
        kind=KIND,
        normalisation="signal-input",
        classes=CLASSES,
        parameters={
            "fibrillation": FIBRILLATION_THRESHOLD,
            "artefact": ARTEFACT_THRESHOLD,
            "least_noisiness": LEAST_NOISINESS,
            "too_noisy": TOO_NOISY,
            "noisiness_weight": NOISINESS_WEIGHT,
            "shape_weight": SHAPE_WEIGHT,
            "size_weight": SIZE_WEIGHT,
            "shape": asdict(shape),
        },
        training=training,
        versions={name: version(name) for name in ("ectopy", "numpy", "scipy", "torch", "onnx")},
    )


def _to_onnx(network: nn.Module) -> bytes:
    """Export the network for any number of leads, and any number of whole frames."""
    from torch.export import Dim

    from ectopy.training.export import to_onnx
    from ectopy.training.onnx_layout import in_two_dimensions

    example = np.zeros((2, N_TIMES), np.float32)
    free = {0: Dim("n"), 1: SAMPLES * Dim("frames")}
    return in_two_dimensions(to_onnx(network, example, ["logits"], free=free))


def training_examples(seed: int, chosen: Chosen = lambda _: True) -> SignalExamples:
    """Return the examples of every source, or of chosen people of those that may be learned from.

    Parameters
    ----------
    seed : int
        Of everything random.
    chosen : callable, optional
        Says of a person, such as ``"mitdb-101"``, whether it is learned from.
    """
    rng = np.random.default_rng(seed)
    noises = training_noises()
    sources = (_creighton_examples, _mitbih_examples, _qt_examples)
    rows = [(lead, 1.0) for source in sources for lead in source(noises, rng, chosen)]
    rows += _challenge_examples(noises, rng, chosen)
    rows += [(made_rhythm(rng), 1.0) for _ in range(150)]
    rows += [(_noise_alone(noises, rng), 1.0) for _ in range(200)]
    return SignalExamples.of([lead for lead, _ in rows], [weight for _, weight in rows])


def _learned(person: str) -> bool:
    return not kept_apart(person)


def labelled_leads(record: Record, labels: npt.NDArray[np.int8] | None = None) -> list[LabelledLead]:
    """Return the leads of a recording as the network is shown them, but for their size; beats by default."""
    low = halved(_whole(condition(record.signal, record.fs, INPUT_FS).T))
    n_frames = low.shape[1] // SAMPLES
    known = np.full(n_frames, BEATS, np.int8) if labels is None else labels[:n_frames]
    return [LabelledLead(lead, known) for lead in low]


def frame_labels(
    seconds: float, fibrillation: list[tuple[float, float]], unclear: list[tuple[float, float]]
) -> npt.NDArray[np.int8]:
    """Return a label for each frame; none where it is unclear, and within 0.75 s of an onset or an end."""
    middles = (np.arange(int(np.ceil(seconds / _FRAME_SECONDS))) + 0.5) * _FRAME_SECONDS
    labels = np.full(len(middles), BEATS, np.int8)
    for start, stop in fibrillation:
        labels[(middles > start) & (middles < stop)] = FIBRILLATION
    seams = [(seam - 0.75, seam + 0.75) for each in fibrillation for seam in each]
    for start, stop in [*unclear, *seams]:
        labels[(middles > start) & (middles < stop)] = NOT_LEARNED
    return labels


def training_noises() -> Noises:
    """Return the channels of the training half of each recorded noise, at 60 Hz."""
    return {
        name: halved(_whole(condition(load_noise(name, "train"), NSTDB_FS, INPUT_FS).T)) for name in NOISES
    }


def creighton_lead(name: str) -> LabelledLead:
    """Return a recording of the Creighton database with the labels of our audit."""
    record, stretches = load_cudb_record(name), audited_stretches(name)
    spans = {
        label: [(each.start, each.stop) for each in stretches if each.label == label]
        for label in {each.label for each in stretches}
    }
    labels = frame_labels(record.duration, spans.get(FIBRILLATES, []), spans.get("unclear", []))
    return labelled_leads(record, labels)[0]


def _creighton_examples(noises: Noises, rng: np.random.Generator, chosen: Chosen) -> Iterator[LabelledLead]:
    for name in cudb_records():
        if _learned(f"cudb-{name}") and chosen(f"cudb-{name}"):
            lead = creighton_lead(name)
            for number in range(_PER_LEAD["cudb"]):
                example = drawn_example(lead, rng, _SPEEDS, FIBRILLATION if number % 5 < 3 else None)
                yield _with_recorded(example, noises, rng, (0, 20)) if number % 3 == 0 else example


def _mitbih_examples(noises: Noises, rng: np.random.Generator, chosen: Chosen) -> Iterator[LabelledLead]:
    for name in DS1:
        if not chosen(f"mitdb-{name}"):
            continue
        record = load_record(name)
        marks = record.reference_annotations()
        starts, stops = (marks.samples[marks.symbols == mark] / record.fs for mark in "[]")
        labels = frame_labels(record.duration, list(zip(starts, stops, strict=True)), [])
        for lead in labelled_leads(record, labels):
            for number in range(_PER_LEAD["mitdb"] * (3 if len(starts) else 1)):
                wanted = FIBRILLATION if len(starts) and number % 2 else None
                yield _disturbed(drawn_example(lead, rng, _SPEEDS, wanted), noises, rng)


def _qt_examples(noises: Noises, rng: np.random.Generator, chosen: Chosen) -> Iterator[LabelledLead]:
    for name in qtdb_records():
        if qtdb_part(name) == "train" and chosen(f"qtdb-{name}"):
            for lead in labelled_leads(load_qtdb_record(name)):
                for _ in range(_PER_LEAD["qtdb"]):
                    yield _disturbed(drawn_example(lead, rng, _CALM), noises, rng)


def _challenge_examples(
    noises: Noises, rng: np.random.Generator, chosen: Chosen
) -> Iterator[tuple[LabelledLead, float]]:
    entries = [entry for entry in load_cinc2017_table() if not entry.kept_apart]
    for number, entry in enumerate(entries):
        if not chosen(entry.patient) or (entry.label != "~" and number % 3):
            continue
        record = load_cinc2017_record(entry)
        if entry.label == "~":
            n_frames = int(record.duration / _FRAME_SECONDS)
            lead = labelled_leads(record, np.full(n_frames, ARTEFACT, np.int8))[0]
            for _ in range(_PER_LEAD["too noisy"]):
                yield drawn_example(lead, rng, _SPEEDS), _NOISY_WEIGHT
            continue
        lead = labelled_leads(record)[0]
        speeds = _CALM if entry.label == "N" else _SPEEDS
        yield _disturbed(drawn_example(lead, rng, speeds), noises, rng), 1.0


def _disturbed(example: LabelledLead, noises: Noises, rng: np.random.Generator) -> LabelledLead:
    """Let something happen to five examples of six."""
    kind = rng.choice(list(_DISTURBANCES), p=list(_DISTURBANCES.values()))
    if kind == "recorded noise":
        return _with_recorded(example, noises, rng, (-14, 14))
    if kind == "motion":
        return with_noise(example, motion(rng), rng, (-12, 14))
    if kind == "wander":
        return with_noise(example, sway(rng), rng, (-24, 6))
    if kind == "fibrillation":
        return with_fibrillation(example, rng)
    if kind == "massage":
        return with_noise(example, massage(rng), rng, (-18, 6))
    if kind == "tremor":
        return with_noise(example, tremor(rng), rng, (2, 18))
    if kind == "bad contact":
        return with_noise(example, bad_contact(rng), rng, (-30, 0))
    if kind == "pops":
        return with_pops(example, rng)
    return example


def _with_recorded(
    example: LabelledLead,
    noises: Noises,
    rng: np.random.Generator,
    decibels: tuple[float, float],
) -> LabelledLead:
    return with_noise(example, _recorded(noises, rng), rng, decibels)


def _recorded(noises: Noises, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Return forty seconds of electrode motion, muscle noise or wander."""
    noise = rng.choice(noises[str(rng.choice(list(noises), p=_shares(noises)))])
    start = int(rng.integers(len(noise) - N_TIMES))
    return np.asarray(noise[start : start + N_TIMES], dtype=np.float32)


def _shares(noises: Noises) -> list[float]:
    weights = [_NOISE_SHARES[name] for name in noises]
    return [weight / sum(weights) for weight in weights]


def _noise_alone(noises: Noises, rng: np.random.Generator) -> LabelledLead:
    """Return an example without any heart in it."""
    kind = rng.integers(4)
    strong = {name: noises[name] for name in ("em", "ma")}
    noise = (_recorded(strong, rng), bad_contact(rng), massage(rng), motion(rng))[kind]
    size = rng.uniform(0.3, 6) / max(float(np.abs(noise).max()), 1e-6)
    return LabelledLead(np.float32(size) * noise, np.full(N_FRAMES, ARTEFACT, np.int8))


def _whole(leads: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Cut leads at 120 Hz to whole frames."""
    return np.ascontiguousarray(leads[:, : leads.shape[1] // (2 * SAMPLES) * 2 * SAMPLES])
