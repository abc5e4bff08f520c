"""The runner of the examples of the docs, as tests import it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

_spec = importlib.util.spec_from_file_location("run_examples", DOCS / "run_examples.py")
assert _spec is not None
assert _spec.loader is not None
examples = importlib.util.module_from_spec(_spec)
sys.modules["run_examples"] = examples  # its dataclasses look their module up
_spec.loader.exec_module(examples)
