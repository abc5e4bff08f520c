"""A convolutional autoencoder with a dense code: compression, denoising, and classes from few labels.

Published as a description alone: convolutions and a fully connected layer give the code, deconvolutions and a
fully connected layer the signal, trained without labels and claimed to compress, to denoise, and to help
where labels are scarce. Each claim is measured here and compared with figures of the literature and with the
simplest method that does the same: `ectopy.reproductions.dense_autoencoder.compression`, `denoising` and
`few_labels`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from ectopy.datasets.mitbih import NOISES
from ectopy.reproductions.dense_autoencoder import compression, denoising, few_labels
from ectopy.reproductions.dense_autoencoder.compression import PUBLISHED_PRD, PUBLISHED_RATIO, Compression
from ectopy.reproductions.dense_autoencoder.continuous_ecg import FS, recordings
from ectopy.reproductions.dense_autoencoder.denoising import FIGURES, WINDOW, Denoising
from ectopy.reproductions.dense_autoencoder.few_labels import ARMS, SHARES, FewLabels
from ectopy.reproductions.dense_autoencoder.figures import (
    draw_denoised,
    draw_denoising,
    draw_few_labels,
    draw_rate_distortion,
)
from ectopy.reproductions.study import Reproduction, Settings


def reproduce(settings: Settings) -> Reproduction:
    """Measure compression, denoising and few-label classification, and plot the results."""
    train, test = recordings("ds1", settings.quick), recordings("ds2", settings.quick)
    compressed = compression.compress(train, test, settings)
    race = compression.race(train, test, compressed.size, settings)
    denoised = denoising.denoise_all(train, test, settings)
    classified = few_labels.classify(settings)
    _draw(compressed, denoised, classified, settings)
    return Reproduction(
        title="Convolutional autoencoder with a dense code: compression, denoising, few labels",
        source=(
            "ECG_classification (convolutions and a dense code, without figures); marks for compression:"
            " Yildirim et al., Cogn. Syst. Res. 52, 2018; for denoising: FCN-DAE and DeepFilter on QTDB with"
            " NSTDB"
        ),
        protocol=(
            "Compression: windows of all patients divided at random, ratio by counting numbers, unrounded,"
            " PRD with the ADC offset of 1,024 units kept. Denoising: baseline wander only. Both flatter."
        ),
        strict_protocol=(
            "Inter-patient: trained on DS1 (without 201, whose patient is tested as 202), tested on DS2."
            " Compression: every bit counted, codes rounded, at the lengths of an ideal coder, PRDN beside"
            " PRD. Denoising: bw, em and ma, the second half of each. Classes: labels drawn from DS1 only."
        ),
        rows=(*compression.rows(compressed), *denoising.rows(denoised), *few_labels.rows(classified)),
        races=(race,),
        remarks=remarks(compressed, denoised, classified),
        details=details(compressed, denoised, classified),
    )


def remarks(compressed: Compression, denoised: Denoising, classified: FewLabels) -> tuple[str, ...]:
    """Return in what the published protocols flatter, and which baseline wins."""
    return (
        "PRD with the ADC offset is flattered: on MIT-BIH the offset of 5.12 mV is some ten times the"
        " standard deviation of the signal, so that an error of a third of the signal passes for 2.7 %. PRDN,"
        " beside it, takes the mean away. Which offset the published 2.73 % keeps is not known here.",
        "A ratio by count calls 516 samples of 11 bits and 16 floating-point numbers a ratio of 32.25; stored"
        " as 32-bit floats those are a ratio of 11.1.",
        _winner("compression, PRDN at CR 32.25 in bits", _losses(compressed), "lower"),
        _winner("denoising, cosine over all three noises", _cosines(denoised), "higher"),
        *(
            _winner(f"macro-F1 from {share:.0%} of the labels", _macro(classified, share), "higher")
            for share in SHARES
        ),
        "The published denoising figures are of QTDB, of beats in its own scaling: the left column is the"
        " nearest here, and no more than near (benchmarks/denoise.py follows that protocol). MIT-BIH,"
        " filtered, is not free of noise either.",
        "The filters and the U-Net see 10 s at once; the dense autoencoder sees its window of 1.4 s.",
        "Random here are the weights, the order of batches and the labels drawn; training windows, the noise"
        " and its level are the same for all seeds. Q (15 beats) is left out of the classes.",
        "DS2 was measured twice: after a first run the codec was traced to coarser steps, our side of the"
        " race was given fewer windows, and which rows are headlines was settled. No model was tuned on it.",
    )


def _losses(results: Compression) -> dict[str, float]:
    return {
        name: float(np.mean([curve.at(PUBLISHED_RATIO, curve.prdn) for curve in curves]))
        for name, curves in results.curves.items()
    }


def _cosines(results: Denoising) -> dict[str, float]:
    at = list(FIGURES).index("cosine in %")
    return {name: float(values[:, at].mean()) for name, values in results.figures.items()}


def _macro(results: FewLabels, share: float) -> dict[str, float]:
    return {arm: few_labels.macro(results.confusions[arm][share]).value for arm in ARMS}


def _winner(what: str, figures: dict[str, float], better: str) -> str:
    """Rank the methods, best first, in a sentence."""
    sign = 1 if better == "lower" else -1
    known = {name: value for name, value in figures.items() if np.isfinite(value)}
    ranked = sorted(known, key=lambda name: sign * known[name])
    listed = ", ".join(f"{name} {known[name]:.3g}" for name in ranked)
    return f"Best first, {what} ({better} is better): {listed or 'none reached it'}."


def details(compressed: Compression, denoised: Denoising, classified: FewLabels) -> dict[str, Any]:
    """Return the curves, the figures by noise, and the confusion matrices."""
    return {
        "compression": {
            "size of the dense code": compressed.size,
            "curves": {
                name: [asdict(curve) for curve in curves] for name, curves in compressed.curves.items()
            },
            "curves by size of the dense code": {n: asdict(curve) for n, curve in compressed.sizes.items()},
            "patients": compressed.patients,
        },
        "denoising": {
            name: {
                figure: dict(zip(NOISES, values[:, at].mean(axis=(0, 1)), strict=True))
                for at, figure in enumerate(FIGURES)
            }
            for name, values in denoised.figures.items()
        },
        "few labels": {
            "labelled beats": classified.labelled,
            "confusion": {
                arm: {share: [run.gross.counts for run in runs] for share, runs in by_share.items()}
                for arm, by_share in classified.confusions.items()
            },
        },
    }


def _draw(compressed: Compression, denoised: Denoising, classified: FewLabels, settings: Settings) -> None:
    """Write the figures."""
    prdn, offset_prd = (
        {
            name: (
                np.mean([run.ratios for run in runs], axis=0),
                np.mean([getattr(run, loss).mean(axis=1) for run in runs], axis=0),
            )
            for name, runs in compressed.curves.items()
        }
        for loss in ("prdn", "offset_prd")
    )
    estimates = {arm: [few_labels.macro(classified.confusions[arm][s]) for s in SHARES] for arm in ARMS}
    bands = {arm: np.array([(e.value, e.low, e.high) for e in each]) for arm, each in estimates.items()}
    cosine = list(FIGURES).index("cosine in %")
    figures = {
        "compression.png": draw_rate_distortion(offset_prd, prdn, (PUBLISHED_RATIO, PUBLISHED_PRD)),
        "denoising.png": draw_denoising(
            {name: values[:, cosine].mean(axis=(0, 1)) for name, values in denoised.figures.items()},
            tuple(NOISES.values()),
            "cosine similarity with the clean signal (%)",
        ),
        "denoised.png": draw_denoised(denoised.example, tuple(NOISES.values()), FS, 2 * WINDOW),
        "few_labels.png": draw_few_labels(bands, SHARES),
    }
    for name, figure in figures.items():
        figure.savefig(settings.out / name, dpi=150)
