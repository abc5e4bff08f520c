"""Arrays in, figures of merit out; depends on no models.

The names here need numpy only; `evaluate` and its checks, which need scikit-learn, are in
`ectopy.evaluation.protocol`, `ectopy.evaluation.permutation` and `ectopy.evaluation.duplicates`.
"""

from ectopy.evaluation.calibration import check_calibration_size, required_calibration_size, youden_threshold
from ectopy.evaluation.metrics import (
    ConfusionMatrix,
    GroupedConfusion,
    accuracy,
    balanced_accuracy,
    cohen_kappa,
    confusion_matrix,
    f1,
    false_alarms_per_hour,
    false_positive_rate,
    grouped_confusion,
    j_index,
    j_kappa,
    macro_f1,
    positive_predictivity,
    sensitivity,
    show,
    specificity,
)
from ectopy.evaluation.ranking import ThresholdCurve, auprc, auroc, threshold_curve
from ectopy.evaluation.reconstruction import (
    compression_ratio,
    cosine_similarity,
    max_abs_distance,
    prd,
    prdn,
    snr,
    snr_improvement,
    ssd,
)
from ectopy.evaluation.uncertainty import (
    CountFigure,
    Interval,
    PairedDifference,
    RankFigure,
    bootstrap,
    compare,
    patient_weights,
)

__all__ = [
    "ConfusionMatrix",
    "CountFigure",
    "GroupedConfusion",
    "Interval",
    "PairedDifference",
    "RankFigure",
    "ThresholdCurve",
    "accuracy",
    "auprc",
    "auroc",
    "balanced_accuracy",
    "bootstrap",
    "check_calibration_size",
    "cohen_kappa",
    "compare",
    "compression_ratio",
    "confusion_matrix",
    "cosine_similarity",
    "f1",
    "false_alarms_per_hour",
    "false_positive_rate",
    "grouped_confusion",
    "j_index",
    "j_kappa",
    "macro_f1",
    "max_abs_distance",
    "patient_weights",
    "positive_predictivity",
    "prd",
    "prdn",
    "required_calibration_size",
    "sensitivity",
    "show",
    "snr",
    "snr_improvement",
    "specificity",
    "ssd",
    "threshold_curve",
    "youden_threshold",
]
