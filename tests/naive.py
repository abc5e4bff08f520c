"""Slow, obvious versions of what ectopy does fast; property tests hold the fast ones to these."""

from __future__ import annotations

import math


def confusion(reference, predicted, labels):
    table = [[0] * len(labels) for _ in labels]
    for true, called in zip(reference, predicted, strict=True):
        table[labels.index(true)][labels.index(called)] += 1
    return table


def divide(part, whole):
    return part / whole if whole else math.nan


def mean_of_defined(values):
    defined = [value for value in values if not math.isnan(value)]
    return divide(sum(defined), len(defined))


def class_figures(reference, predicted, name):
    """Se, +P, FPR, Sp, F1 of one class, by counting beats."""
    pairs = list(zip(reference, predicted, strict=True))
    tp = sum(true == name and called == name for true, called in pairs)
    fn = sum(true == name and called != name for true, called in pairs)
    fp = sum(true != name and called == name for true, called in pairs)
    tn = sum(true != name and called != name for true, called in pairs)
    return {
        "Se": divide(tp, tp + fn),
        "+P": divide(tp, tp + fp),
        "FPR": divide(fp, fp + tn),
        "Sp": divide(tn, fp + tn),
        "F1": divide(2 * tp, 2 * tp + fp + fn),
    }


def accuracy(reference, predicted):
    pairs = list(zip(reference, predicted, strict=True))
    return divide(sum(true == called for true, called in pairs), len(pairs))


def macro_f1(reference, predicted, labels):
    return mean_of_defined([class_figures(reference, predicted, name)["F1"] for name in labels])


def balanced_accuracy(reference, predicted, labels):
    return mean_of_defined([class_figures(reference, predicted, name)["Se"] for name in labels])


def kappa(reference, predicted, labels):
    n = len(reference)
    chance = sum(divide(list(reference).count(c) * list(predicted).count(c), n * n) for c in labels)
    return divide(accuracy(reference, predicted) - chance, 1 - chance)


def j_kappa(reference, predicted, labels):
    s, v = (class_figures(reference, predicted, name) for name in "SV")
    return kappa(reference, predicted, labels) / 2 + (s["Se"] + s["+P"] + v["Se"] + v["+P"]) / 8


def auroc(scores, positive):
    """Share of (positive, negative) pairs that stand in the right order, ties counting half."""
    above = [score for score, is_positive in zip(scores, positive, strict=True) if is_positive]
    below = [score for score, is_positive in zip(scores, positive, strict=True) if not is_positive]
    won = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a in above for b in below)
    return divide(won, len(above) * len(below))


def auprc(scores, positive):
    """+P at each distinct threshold, weighted by the Se that the threshold adds."""
    if not any(positive):
        return math.nan
    area, found = 0.0, 0
    for threshold in sorted(set(scores), reverse=True):
        called = [
            is_positive for score, is_positive in zip(scores, positive, strict=True) if score >= threshold
        ]
        area += (sum(called) - found) / sum(positive) * sum(called) / len(called)
        found = sum(called)
    return area


def drawn_rows(patients, names, weights):
    """Rows of a bootstrap replicate: each patient's rows, as often as the patient was drawn."""
    return [
        row
        for name, times in zip(names, weights, strict=True)
        for _ in range(int(times))
        for row, owner in enumerate(patients)
        if owner == name
    ]


def duplicates(waveforms, train, test):
    """Test rows that equal some training row, sample for sample."""
    return [t for t in test if any((waveforms[t] == waveforms[r]).all() for r in train)]


def prd(original, other):
    wrong = sum((x - y) ** 2 for x, y in zip(original, other, strict=True))
    return 100 * math.sqrt(divide(wrong, sum(x**2 for x in original)))


def prdn(original, other):
    mean = sum(original) / len(original)
    wrong = sum((x - y) ** 2 for x, y in zip(original, other, strict=True))
    return 100 * math.sqrt(divide(wrong, sum((x - mean) ** 2 for x in original)))
