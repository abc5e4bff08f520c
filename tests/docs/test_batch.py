"""docs/batch.md and what it points to: the schema is current, the job files are sound."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import yaml

from ectopy.apps.cli.main import COMMANDS
from page_tables.work import capacity, schema

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "batch.md").read_text(encoding="utf-8")


def test_the_schema_is_current():
    made = schema()
    assert f"<!-- schema -->\n{made}\n<!-- /schema -->" in PAGE, "run: make tables"


def test_the_capacity_is_computed_from_what_was_measured():
    made = capacity()
    page = (DOCS / "capacity.md").read_text(encoding="utf-8")
    assert f"<!-- capacity -->\n{made}\n<!-- /capacity -->" in page, "run: make tables"


def options_of(command: str) -> set[str]:
    return set(re.findall(r"--[a-z-]+", command))


def test_the_job_files_are_sound_and_use_options_that_exist(tmp_path: Path):
    known = {name for each in COMMANDS["batch"].command("batch").params for name in each.opts}
    job = yaml.safe_load((DOCS / "jobs" / "kuberay.yaml").read_text())
    assert job["kind"] == "RayJob"
    assert job["spec"]["entrypoint"].startswith("ectopy batch s3://")
    assert options_of(job["spec"]["entrypoint"]) <= known
    groups = [
        job["spec"]["rayClusterSpec"]["headGroupSpec"],
        *job["spec"]["rayClusterSpec"]["workerGroupSpecs"],
    ]
    for group in groups:
        (container,) = group["template"]["spec"]["containers"]
        assert container["resources"]["limits"] == container["resources"]["requests"]
    script = DOCS / "jobs" / "slurm-array.sh"
    called = tmp_path / "ectopy"
    called.write_text('#!/bin/sh\necho "$@"\n')
    called.chmod(0o755)
    task = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SLURM_ARRAY_TASK_ID": "3",
        "SLURM_ARRAY_TASK_COUNT": "64",
    }
    said = subprocess.run(["bash", script], env=task, capture_output=True, text=True, check=True).stdout
    assert "--shard 3/64 " in said
    assert options_of(said) <= known
    last = subprocess.run(
        ["bash", script], env=task | {"ECTOPY_LAST": "1"}, capture_output=True, text=True, check=True
    )
    assert "--shard 1/1 " in last.stdout
