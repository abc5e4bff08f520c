"""The figures of a whole analysis, held to what a hand would count, and to scikit-learn."""

import json

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from ectopy.errors import ParameterError
from ectopy.evaluation.abnormality import COLUMNS, FALSE_ALARM_RATE, PER_HOUR, ROWS, AbnormalityMetrics
from ectopy.evaluation.beat_results import BeatResults


def made(record: str, classes: str, scores: list[float], found: list[bool] | None = None, patient: str = ""):
    """One letter a beat, a blank for a beat that the reference does not have; the threshold is 1."""
    names = np.array([letter.strip() for letter in classes])
    return BeatResults(
        record=record,
        patient=patient or record,
        hours=0.5,
        threshold=1.0,
        times=np.arange(len(names), dtype=float),
        symbols=names,
        classes=names,
        detected=np.ones(len(names), bool) if found is None else np.array(found),
        scores=np.array(scores, float),
        predicted=names,
    )


NAN = np.nan
FIRST = made("a", "NNNNVV S", [0.1, 0.2, 5.0, NAN, 4.0, NAN, 3.0, 0.3], [True] * 5 + [False] + [True] * 2)
SECOND = made("b", "NNQ", [0.1, 0.4, 9.0], patient="b")


@pytest.fixture(scope="module")
def metrics() -> AbnormalityMetrics:
    return AbnormalityMetrics((FIRST, SECOND))


def test_gross_figures_are_counts_over_counts(metrics):
    figures = {name: interval.value for name, interval in metrics.figures.items()}
    assert figures["QRS Se"] == 9 / 10
    assert figures["QRS +P"] == 9 / 10
    assert figures["Se V"] == 1 / 2, "a beat that was never found is a beat not flagged"
    assert figures["Se S"] == 0
    assert np.isnan(figures["Se F"])
    assert figures["Se abnormal"] == 1 / 3
    assert figures["+P abnormal"] == 1 / 3, "class Q counts neither way"
    assert figures[FALSE_ALARM_RATE] == 1 / 5, "of the normal beats that were judged"
    assert figures[PER_HOUR] == 2, "a detection that is no beat raises an alarm too"


def test_ranking_agrees_with_scikit_learn(metrics):
    scores, abnormal = [0.1, 0.2, 5.0, 4.0, 0.3, 0.1, 0.4], [0, 0, 0, 1, 1, 0, 0]
    assert metrics.figures["AUROC"].value == pytest.approx(roc_auc_score(abnormal, scores))
    assert metrics.figures["AUPRC"].value == pytest.approx(average_precision_score(abnormal, scores))


def test_an_average_is_over_the_records_that_have_the_figure(metrics):
    assert metrics.average["Se V"] == 1 / 2
    assert metrics.average[FALSE_ALARM_RATE] == pytest.approx((1 / 3 + 0) / 2)
    assert np.isnan(metrics.by_record["AUROC"][1]), "one class only"


def test_the_confusion_matrix_holds_every_event_once(metrics):
    table = {
        row: dict(zip(COLUMNS, cells, strict=True))
        for row, cells in zip(ROWS, metrics.confusion, strict=True)
    }
    assert metrics.confusion.sum() == len(FIRST) + len(SECOND)
    assert table["N"] == {"normal": 4, "abnormal": 1, "not judged": 1, "not found": 0}
    assert table["V"] == {"normal": 0, "abnormal": 1, "not judged": 0, "not found": 1}
    assert table[""] == {"normal": 0, "abnormal": 1, "not judged": 0, "not found": 0}
    assert table["Q"]["abnormal"] == 1


def test_patients_are_drawn_not_records():
    rates = [made("a1", "NN", [5, 5], patient="a"), made("a2", "NN", [0, 0], patient="a")]
    alone = AbnormalityMetrics(tuple(rates)).figures[FALSE_ALARM_RATE]
    assert (alone.value, alone.n_patients) == (0.5, 1)
    assert np.isnan(alone.low), "one heart says nothing about the next"
    two = AbnormalityMetrics((*rates, made("b", "NN", [0, 0]))).figures[FALSE_ALARM_RATE]
    assert (two.low, two.high) == (0, 0.5)


def test_json_holds_null_where_a_figure_is_undefined(metrics):
    content = json.loads(json.dumps(metrics.to_dict(), allow_nan=False))
    assert content["figures"]["Se F"] == {"value": None, "low": None, "high": None}
    assert content["records"]["b"]["Se V"] is None
    assert content["confusion"]["no beat"]["abnormal"] == 1


def test_where_nothing_can_be_ranked_there_is_no_curve():
    nothing = AbnormalityMetrics((made("a", "NV", [NAN, NAN]),))
    assert nothing.curve is None
    assert "AUROC" not in nothing.figures
    with pytest.raises(ParameterError, match="records is empty"):
        AbnormalityMetrics(())
