"""What a run is: whatever decides its tables beside the recordings, and where and with what it was made."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Final

import ectopy
from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.analysis.pipeline import Pipeline
from ectopy.apps.batch.division import PartSize
from ectopy.apps.batch.files import absolute
from ectopy.apps.batch.rows import AnalysisOptions
from ectopy.apps.batch.schema import SCHEMA_VERSION
from ectopy.apps.batch.store import Store
from ectopy.errors import ParameterError
from ectopy.models.artifact import Artifact
from ectopy.models.registry import shipped_models

MANIFEST: Final = "run.json"

_PACKAGES: Final = ("numpy", "scipy", "onnxruntime", "pyarrow")


@dataclass(frozen=True)
class Run:
    """What decides the tables of a batch beside the recordings.

    Parameters
    ----------
    schema : str
        Version of the tables.
    ectopy : str
        Version of ectopy.
    options : mapping
        How each recording is analysed.
    models : mapping
        Model → SHA-256 of all that its manifest says, its files' digests among it.
    inputs : tuple of str
        What the command line spoke of, absolute.
    include : tuple of str
        Patterns of files.
    """

    schema: str
    ectopy: str
    options: Mapping[str, Any]
    models: Mapping[str, str]
    inputs: tuple[str, ...]
    include: tuple[str, ...]

    @classmethod
    def of(
        cls, options: AnalysisOptions, pipeline: Pipeline, given: Sequence[str], include: Sequence[str]
    ) -> Run:
        """Return what decides the tables of a run."""
        return cls(
            schema=SCHEMA_VERSION,
            ectopy=ectopy.__version__,
            options=json.loads(json.dumps(asdict(options))),
            models=model_digests(pipeline),
            inputs=tuple(sorted(_place(each) for each in given)),
            include=tuple(include),
        )

    @property
    def key(self) -> str:
        """Digest of what decides a recording's rows."""
        decisive = [self.schema, self.ectopy, self.options, self.models]
        return sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def model_digests(pipeline: Pipeline) -> dict[str, str]:
    """Return a digest of each model that a pipeline may use: its own, and the shipped ones."""
    manifests = {f"shipped {manifest.name}": manifest for manifest in shipped_models()}
    for each in fields(pipeline):
        model = getattr(pipeline, each.name)
        if isinstance(model, Artifact) or hasattr(model, "manifest"):
            manifests[each.name] = model.manifest
    return {name: sha256(each.model_dump_json().encode()).hexdigest() for name, each in manifests.items()}


def claim(store: Store, run: Run, size: PartSize, *, asked: PartSize | None, force: bool) -> PartSize:
    """Make a place that of a run, or find that it is already.

    Parameters
    ----------
    store : Store
        The place.
    run : Run
        What decides the tables.
    size : PartSize
        How long parts are to be, if this is the first time.
    asked : PartSize, optional
        How long they must be.
    force : bool
        Take a place that is another run's.

    Returns
    -------
    PartSize
        How long the parts are.

    Raises
    ------
    ParameterError
        If the place is another run's, or of nobody knows what, and ``force`` is false.
    """
    earlier = None if force else _earlier(store)
    if earlier is not None:
        was = PartSize(**earlier["part_size"])
        _check_same(earlier, run, was, asked or was)
        return was
    size = asked or size
    content = {**asdict(run), "key": run.key, "part_size": asdict(size), "made": _surroundings()}
    with store.draft(MANIFEST) as path:
        path.write_text(
            json.dumps(content | {"disclaimer": DISCLAIMER}, indent=2, ensure_ascii=False) + "\n", "utf-8"
        )
    return size


def _earlier(store: Store) -> dict[str, Any] | None:
    content = store.read(MANIFEST)
    if content is None:
        others = [name for name in store.names("") if not name.startswith(".")]
        if MANIFEST in others:  # another batch beside this one has just put it there
            return _earlier(store)
        if others:
            raise ParameterError(
                f"out: {others[0]} stands there, and it is no output of ectopy batch; choose another"
                " --out, or --force to write beside it"
            )
        return None
    try:
        earlier: dict[str, Any] = json.loads(content)
        PartSize(**earlier["part_size"])
    except (ValueError, KeyError, TypeError) as error:
        raise ParameterError(
            f"out: its {MANIFEST} is damaged; choose another --out, or --force to replace it"
        ) from error
    return earlier


def _check_same(earlier: Mapping[str, Any], run: Run, was: PartSize, asked: PartSize) -> None:
    now = json.loads(json.dumps(asdict(run)))
    for name, value in now.items():
        if value != earlier.get(name):
            raise ParameterError(
                f"out: it holds a run with {_difference(name, earlier.get(name), value)}; give another"
                " --out, or --force to do it anew"
            )
    if was != asked:
        raise ParameterError(
            f"out: it holds a run with parts of {was.recordings} recordings and {was.n_bytes} bytes; leave"
            " --part-size and --part-bytes out, or --force to do it anew"
        )


def _difference(name: str, was: Any, now: Any) -> str:
    if isinstance(was, dict) and isinstance(now, dict):
        key = next(key for key in sorted({*was, *now}) if was.get(key) != now.get(key))
        if name == "models":
            return f"another model ({key}: SHA-256 {str(was.get(key))[:12]}, now {str(now.get(key))[:12]})"
        return f"{key}={was.get(key)!r}, not {now.get(key)!r}"
    return f"{name} {was!r}, not {now!r}"


def _surroundings() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "machine": platform.machine(),
        "system": platform.platform(),
        "host": platform.node(),
        "processors": os.cpu_count(),
    }


def _place(given: str) -> str:
    return f"@{absolute(given[1:])}" if given.startswith("@") else absolute(given)
