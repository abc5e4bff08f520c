"""What the page says of a model comes from the model's manifest."""

from __future__ import annotations

from ectopy.artifact import Manifest, WindowSpec
from ectopy.report import provenance

WINDOW = WindowSpec(fs=120, before=36, after=60)


def test_a_shipped_model_is_known_by_name_and_window(make_analysis, monkeypatch):
    manifest = Manifest(name="made-up", kind="anomaly-detector", window=WINDOW)
    monkeypatch.setattr(provenance, "shipped_models", lambda: [manifest])
    assert provenance.manifest_of(make_analysis()) is manifest
    assert provenance.samples_before_peak(make_analysis()) == 36
    assert provenance.manifest_of(make_analysis(model="another")) is None
    assert provenance.samples_before_peak(make_analysis(model="another")) == 0


def test_facts_name_training_and_measurement():
    auroc = {"value": 0.93412, "low": 0.9, "high": 0.97, "level": 0.95, "n_patients": 22}
    manifest = Manifest(
        name="m",
        kind="k",
        training={"patients": ["101", "106"]},
        metrics={"mitdb_DS2": {"beats": {"N": 44259}, "auroc": auroc}},
    )
    assert provenance.facts(manifest) == [
        ("Training · patients", "101, 106"),
        ("Measured · mitdb DS2 · beats", "N 44,259"),
        ("Measured · mitdb DS2 · auroc", "0.934 (95 % interval 0.9 to 0.97)"),
    ]
