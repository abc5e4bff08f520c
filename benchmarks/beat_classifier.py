"""Measure the shipped beat classifier in the whole analysis again, and write the figures into its manifest.

The beats are those that ectopy detects in the records of MIT-BIH DS2, with both leads and with the first
one; the way is that of every user, `ectopy.analysis.pipeline.Pipeline.run`. Nothing is trained. Needs
ECTOPY_DATA_DIR.
"""

from __future__ import annotations

import json

from ectopy.datasets.mitbih import load_records
from ectopy.models import artifact
from ectopy.models.registry import DEFAULT_CLASSIFIER, model_folder
from ectopy.recipes.beat_classifier import measured


def main() -> None:
    manifest = measured(artifact.load(model_folder(DEFAULT_CLASSIFIER)), load_records("ds2"))
    shown = {name: value for name, value in manifest.metrics.items() if "detected" in name}
    figures = {
        name: {each: value[each]["F1"]["value"] for each in ("S", "V", "F")} for name, value in shown.items()
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
