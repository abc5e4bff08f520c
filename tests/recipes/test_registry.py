"""Recipes are looked up where torch is not installed, and the command trains as long as the recipe does."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from ectopy.recipes.registry import RECIPES


def test_looking_recipes_up_needs_no_torch() -> None:
    program = "import sys, ectopy.recipes.registry; print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


@pytest.mark.parametrize("name", RECIPES)
def test_the_command_passes_over_the_data_as_often_as_the_recipe(name: str) -> None:
    recipe = RECIPES[name]
    assert inspect.signature(recipe.train).parameters["epochs"].default == recipe.epochs
