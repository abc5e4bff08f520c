"""Draw docs/pictures of the reproduced studies: ``python docs/make_reproduction_pictures.py [NAME …]``.

Of ``mitbih-wavelet-cnn`` and for the curves of ``dense-autoencoder`` and ``ptb-conv`` it draws what stands in
benchmarks/reproduced/. Scores and reconstructions need networks, which the studies do not keep: they are
trained again as there, with the first seed alone. That takes some minutes and needs the databases ``ptbxl``
and ``mitdb``; ``--stored`` leaves those pictures out.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from PIL import Image

from ectopy.datasets.mitbih import NOISES
from ectopy.evaluation.confusion import GroupedConfusion
from ectopy.evaluation.reconstruction import prdn
from ectopy.plotting import palette
from ectopy.reproductions.dense_autoencoder import compression
from ectopy.reproductions.dense_autoencoder.codecs import SEGMENT, Transform
from ectopy.reproductions.dense_autoencoder.compression import PUBLISHED_PRD, PUBLISHED_RATIO
from ectopy.reproductions.dense_autoencoder.continuous_ecg import FS, recordings
from ectopy.reproductions.dense_autoencoder.figures import (
    draw_denoising,
    draw_few_labels,
    draw_rate_distortion,
)
from ectopy.reproductions.ptb_conv import conv
from ectopy.reproductions.ptb_conv.beats import ptbxl_beats
from ectopy.reproductions.ptb_conv.detectors import BASELINES, OURS, TRANSPOSED, UPSAMPLING
from ectopy.reproductions.ptb_conv.protocols import fit, inter_patient_parts, published_parts, run
from ectopy.reproductions.ptb_conv.tables import Results
from ectopy.reproductions.study import Settings
from ectopy.reproductions.wavelet_cnn.figures import draw_histories
from ectopy.reproductions.wavelet_cnn.rows import Measured, draw_figures
from ectopy.reproductions.wavelet_cnn.rows import Results as WaveletResults
from ectopy.training.loop import History, one_thread

ROOT = Path(__file__).parents[1]
REPRODUCED = ROOT / "benchmarks" / "reproduced"
PICTURES = ROOT / "docs" / "pictures"
COLOURS = 128
WIDTH = 1100
"""Pixels; of a page that is read on a screen."""

SEED = 0
SHOWN = 720
"""Samples of a reconstructed segment that are drawn: two seconds."""

Floats = npt.NDArray[np.float64]


def found_by(study: str) -> dict[str, Any]:
    """Read what a study wrote."""
    metrics: dict[str, Any] = json.loads((REPRODUCED / study / "metrics.json").read_text(encoding="utf-8"))
    return metrics


def wavelet_cnn(out: Path) -> None:
    """Draw confusion matrices, classes and losses of the published CNN and of ours."""
    details = found_by("mitbih-wavelet-cnn")["details"]
    labels = tuple(details["confusion"]["labels"])

    def measured(name: str) -> Measured:
        parts = (
            tuple(GroupedConfusion(labels, ("all",), np.array(run)[np.newaxis]) for run in runs)
            for runs in details["confusion"][name].values()
        )
        histories = tuple(History(**one) for one in details["histories"][name].values())
        return Measured(name, *parts, "", histories)

    draw_figures(WaveletResults(measured("published CNN and recipe"), measured("ours"), ()), out)


def dense_autoencoder(out: Path) -> None:
    """Draw losses against ratios, denoising by noise, and macro-F1 by share of the labels."""
    metrics = found_by("dense-autoencoder")
    details, rows = metrics["details"], {row["figure"]: row for row in metrics["rows"]}
    curves = details["compression"]["curves"]
    prd, prdn_ = (
        {
            name: (
                np.mean([run["ratios"] for run in runs], axis=0),
                np.mean([np.mean(run[loss], axis=1) for run in runs], axis=0),
            )
            for name, runs in curves.items()
        }
        for loss in ("offset_prd", "prdn")
    )
    draw_rate_distortion(prd, prdn_, (PUBLISHED_RATIO, PUBLISHED_PRD)).savefig(out / "compression.png")
    cosine = {
        name: np.array([each["cosine in %"][noise] for noise in NOISES])
        for name, each in details["denoising"].items()
    }
    name = "cosine similarity with the clean signal (%)"
    draw_denoising(cosine, tuple(NOISES.values()), name).savefig(out / "denoising.png")
    shares = [float(share) for share in details["few labels"]["labelled beats"]]
    bands = {
        arm: np.array(
            [_band(rows[f"classes from {share:.0%} of the labels, macro-F1: {arm}"]) for share in shares]
        )
        for arm in details["few labels"]["confusion"]
    }
    draw_few_labels(bands, shares).savefig(out / "few-labels.png")


def _band(row: Mapping[str, Any]) -> list[float]:
    return [np.nan if row["strict"][key] is None else row["strict"][key] for key in ("value", "low", "high")]


def ptb_losses(out: Path) -> None:
    """Draw the losses of the first seed of the autoencoders, by the published protocol."""
    details = found_by("ptb-conv")["details"]
    histories = {}
    for name in (UPSAMPLING.name, TRANSPOSED.name, OURS.name):
        first = details[name]["published"][0]
        held_out = tuple(first["held-out loss"])
        histories[name] = History(tuple(first["training loss"]), held_out, int(np.argmin(held_out)))
    draw_histories(histories, "reconstruction error").savefig(out / "history.png")


def ptb_conv(out: Path) -> None:
    """Train the published design, ours and the nearest neighbours with the first seed, and draw beats."""
    beats = ptbxl_beats()
    apart = inter_patient_parts(beats, SEED)
    published = fit(TRANSPOSED, beats, published_parts(beats, SEED), SEED).test(beats, beats.split.test)
    nearest = next(each for each in BASELINES if each.name == "k-NN")
    outcomes = {
        TRANSPOSED.name: published,
        **{each.name: run(each, beats, apart, SEED) for each in (OURS, nearest)},
    }
    details = found_by("ptb-conv")["details"]
    for name, outcome in outcomes.items():
        stands = details[name]["inter-patient"][0]["auroc"]
        history = outcome.fitted.learned.history
        epochs = f"{len(history.train)} epochs, " if history else ""
        print(f"ptb-conv, {name}: {epochs}AUROC {outcome.auroc:.4f}, {stands:.4f} in the file", flush=True)
    conv.draw_figures(beats, {name: Results(inter_patient=(each,)) for name, each in outcomes.items()}, out)


def dense_reconstructions(out: Path) -> None:
    """Train the dense autoencoder and the codec with the first seed, and draw what people of DS1 become."""
    settings = Settings(out)
    details = found_by("dense-autoencoder")["details"]["compression"]
    parts = compression.divide(recordings("ds1", False), recordings("ds1", False), settings)
    size = int(details["size of the dense code"])
    transforms = {
        "dense autoencoder": compression.train_dense(parts, size, SEED, settings),
        "learned codec": compression.train_codec(parts, SEED, settings),
    }
    segments = parts.chosen.reshape(-1, SEGMENT)
    centred = segments - segments.mean(axis=1, keepdims=True)
    rebuilt = {
        name: _at_published_ratio(each, details["curves"][name][0], centred)
        for name, each in transforms.items()
    }
    losses = prdn(centred, rebuilt["dense autoencoder"][0])
    chosen = np.argsort(losses)[[len(losses) // 10, len(losses) // 2, len(losses) * 9 // 10]]
    figure = Figure(figsize=(11, 4.8), layout="constrained", facecolor="white")
    axes = figure.subplots(len(rebuilt), len(chosen), sharex=True, squeeze=False)
    seconds = np.arange(SHOWN) / FS
    for row, (name, (values, ratio)) in zip(axes, rebuilt.items(), strict=True):
        for ax, segment in zip(row, chosen, strict=True):
            ax.plot(seconds, centred[segment, :SHOWN], color=palette.FAINT, lw=2.4, label="original")
            ax.plot(
                seconds, values[segment, :SHOWN], color=palette.RECONSTRUCTION, lw=1, label="reconstruction"
            )
            loss = float(prdn(centred[[segment]], values[[segment]])[0])
            ax.set_title(f"{name}, PRDN {loss:.0f} %", size=9, loc="left")
            ax.spines[["top", "right"]].set_visible(False)
        row[0].set_ylabel(f"mV, CR {ratio:.0f}")
    for ax in axes[-1]:
        ax.set_xlabel("s")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2, frameon=False)
    figure.savefig(out / "reconstructions.png", dpi=110)


def _at_published_ratio(transform: Transform, curve: Mapping[str, Any], segments: Any) -> tuple[Any, float]:
    """Return segments as they come back at the step whose ratio in the file is next to the published one."""
    nearest = int(np.argmin(np.abs(np.array(curve["ratios"]) - PUBLISHED_RATIO)))
    quantiser = transform.quantisers[::-1][nearest]  # from fine to coarse, as the ratios rise
    blocks = tuple(quantiser.values(quantiser.steps(block)) for block in transform.forward(segments))
    return transform.back(blocks), float(curve["ratios"][nearest])


STORED: dict[str, Callable[[Path], None]] = {
    "wavelet-cnn": wavelet_cnn,
    "dense-autoencoder": dense_autoencoder,
    "ptb-conv": ptb_losses,
}
TRAINED: dict[str, Callable[[Path], None]] = {
    "ptb-conv": ptb_conv,
    "dense-autoencoder": dense_reconstructions,
}


def draw(study: str, work: Callable[[Path], None], target: Path) -> None:
    """Draw pictures of a study, and put them small as ``STUDY-PICTURE.png`` into a folder."""
    with tempfile.TemporaryDirectory() as folder, one_thread():
        work(Path(folder))
        for path in sorted(Path(folder).glob("*.png")):
            with Image.open(path) as picture:
                whole = picture.convert("RGB")
            height = round(whole.height * WIDTH / whole.width)
            small = whole.resize((WIDTH, height), Image.Resampling.LANCZOS) if whole.width > WIDTH else whole
            small.quantize(COLOURS).save(target / f"{study}-{path.name}", optimize=True)


def main() -> None:
    """Draw the pictures of all studies, or of those that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(STORED))
    parser.add_argument("--stored", action="store_true", help="only what needs no training")
    parser.add_argument("--out", type=Path, default=PICTURES)
    asked = parser.parse_args()
    for table in (STORED,) if asked.stored else (STORED, TRAINED):
        for study, work in table.items():
            if not asked.names or study in asked.names:
                draw(study, work, asked.out)


if __name__ == "__main__":
    main()
