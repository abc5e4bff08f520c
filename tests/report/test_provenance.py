"""What the page says of a model comes from the model's manifest."""

from __future__ import annotations

from ectopy.models.manifest import Manifest
from ectopy.report import provenance


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
