"""Recipes are looked up where torch is not installed, so that a wrong name or a missing extra is told."""

from __future__ import annotations

import subprocess
import sys


def test_looking_recipes_up_needs_no_torch() -> None:
    program = "import sys, ectopy.recipes.registry; print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
