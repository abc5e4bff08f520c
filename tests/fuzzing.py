"""Damaged files of every kind that is read, and how reading them ends."""

from __future__ import annotations

import hashlib
import importlib
import json
import multiprocessing
import re
import resource
import shutil
import signal
import tempfile
import traceback
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from ectopy.errors import EctopyError
from ectopy.record import Annotations, Record
from io_samples import SAMPLES, write_atc

SECONDS = 10
"""Of processor time that a file may take."""

PATIENCE = 120
"""Seconds after which a process that says nothing hangs, however busy the machine is."""

_LIBRARIES = (
    "bioread",
    "ecgdatakit",
    "h5py",
    "onnxruntime",
    "pandas",
    "pydicom",
    "pymatreader",
    "scipy.io",
    "wfdb",
)
"""Imported before memory is limited; what they take is not a file's."""


MEMORY = 6 << 30
"""Bytes of address space that reading may take, beyond what the process has at its start:
most of it is what threads of onnxruntime reserve and never use."""

_NUMBERS = (b"99999999999", b"-1", b"0", b"1e308", b"nan", b"1e-320", b"65536", b"1000000000000", b"")
_BINARY = tuple(
    value.to_bytes(size, order)
    for size in (2, 4, 8)
    for value in (0, 1, 2 ** (8 * size - 1) - 1, 2 ** (8 * size - 1), 2 ** (8 * size) - 1)
    for order in ("little", "big")
)
_PIECES = (
    b"\0",
    b"\n",
    b'"',
    b"[" * 2000,
    b"<a>" * 500,
    b" " * 5000,
    b"\xff\xfe",
    b"&x;",
    b"{",
    b",",
    b"\x14",
)


@dataclass(frozen=True)
class Failure:
    """A damaged file that did not end as it should."""

    seed: int
    what: str
    how: str


def recording() -> Record:
    """Return four seconds of two leads with a few marks."""
    rng = np.random.default_rng(7)
    marks = Annotations(np.array([30, 400, 800]), np.array(["N", "V", "+"]), aux=("", "", "(AFIB"), fs=250.0)
    return Record(rng.normal(0, 0.4, (1000, 2)).round(3), 250.0, ("I", "II"), "strip", annotations=marks)


def make_originals(folder: Path) -> dict[str, Path]:
    """Write a file of every format, and a model, each into a folder of its own; return what to open."""
    originals = {}
    for sample in SAMPLES:
        place = folder / sample.name
        place.mkdir()
        sample.write(recording(), sample.path(place))
        originals[sample.name] = sample.path(place)
    (folder / "atc").mkdir()
    write_atc(recording(), folder / "atc" / "strip.atc")
    originals["atc"] = folder / "atc" / "strip.atc"
    import ectopy

    for model in (Path(ectopy.__file__).parent / "pretrained").iterdir():
        originals[f"model {model.name}"] = shutil.copytree(model, folder / model.name)
    return originals


def damage(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a file's bytes with one to four mistakes in them."""
    for _ in range(int(rng.integers(1, 5))):
        content = _MISTAKES[int(rng.integers(len(_MISTAKES)))](content, rng)
    return content


def _place(content: bytes, rng: np.random.Generator) -> int:
    """Choose a place; headers are more likely than samples."""
    within = min(len(content), 700) if rng.random() < 0.7 else len(content)
    return int(rng.integers(within + 1))


def _overwrite(content: bytes, rng: np.random.Generator) -> bytes:
    place, value = _place(content, rng), _BINARY[int(rng.integers(len(_BINARY)))]
    return content[:place] + value + content[place + len(value) :]


def _flip(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for _ in range(int(rng.integers(1, 20))):
        if changed:
            changed[_place(content, rng) % len(changed)] = int(rng.integers(256))
    return bytes(changed)


def _renumber(content: bytes, rng: np.random.Generator) -> bytes:
    numbers = list(re.finditer(rb"-?\d+(?:\.\d+)?", content[:20000]))
    if not numbers:
        return _flip(content, rng)
    match = numbers[int(rng.integers(len(numbers)))]
    return content[: match.start()] + _NUMBERS[int(rng.integers(len(_NUMBERS)))] + content[match.end() :]


def _cut(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: int(rng.integers(len(content) + 1))]


def _remove(content: bytes, rng: np.random.Generator) -> bytes:
    place = _place(content, rng)
    return content[:place] + content[place + int(rng.integers(1, 200)) :]


def _repeat(content: bytes, rng: np.random.Generator) -> bytes:
    place, length = _place(content, rng), int(rng.integers(1, 300))
    return content[: place + length] + content[place : place + length] + content[place + length :]


def _insert(content: bytes, rng: np.random.Generator) -> bytes:
    place = _place(content, rng)
    return content[:place] + _PIECES[int(rng.integers(len(_PIECES)))] + content[place:]


_MISTAKES = (_overwrite, _flip, _renumber, _cut, _remove, _repeat, _insert)


def read_damaged(seed: int, originals: dict[str, Path], folder: Path) -> None:
    """Damage the file of a seed, and read it.

    Raises
    ------
    EctopyError
        As it should, or anything else.
    """
    rng = np.random.default_rng([seed, 2026])
    kind = sorted(originals)[seed % len(originals)]
    place = folder / "damaged"
    shutil.rmtree(place, ignore_errors=True)
    if kind.startswith("model"):
        _read_damaged_model(originals[kind], place, rng)
        return
    shutil.copytree(originals[kind].parent, place)
    victims = sorted(each for each in place.iterdir() if each.is_file())
    victim = victims[int(rng.integers(len(victims)))]
    victim.write_bytes(_rezipped(victim, rng) if kind == "npz" else damage(victim.read_bytes(), rng))
    from ectopy.io.registry import open_source

    open_source(place / originals[kind].name).load()


def _rezipped(path: Path, rng: np.random.Generator) -> bytes:
    """Damage an archive, or an array in it so that the archive stays whole."""
    if rng.random() < 0.4:
        return damage(path.read_bytes(), rng)
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    victim = sorted(contents)[int(rng.integers(len(contents)))]
    contents[victim] = damage(contents[victim], rng)
    methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2)
    with zipfile.ZipFile(path, "w", methods[int(rng.integers(len(methods)))]) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path.read_bytes()


def _read_damaged_model(original: Path, place: Path, rng: np.random.Generator) -> None:
    """Damage a model; now and then its manifest agrees with the damaged network."""
    from ectopy.models.registry import load_model

    shutil.copytree(original, place)
    victim = place / ("manifest.json", "network.onnx")[int(rng.integers(2))]
    victim.write_bytes(damage(victim.read_bytes(), rng))
    if victim.suffix == ".onnx":
        manifest = json.loads((place / "manifest.json").read_text())
        manifest["files"][victim.name] = hashlib.sha256(victim.read_bytes()).hexdigest()
        (place / "manifest.json").write_text(json.dumps(manifest))
    loaded = load_model(place)
    _ = getattr(loaded, "artifact_", loaded).session


def run(
    seeds: range, read: Callable[[int, dict[str, Path], Path], None] = read_damaged
) -> Iterator[Failure | None]:
    """Read the damaged file of each seed, in another process; yield what failed, None where nothing did."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        originals = make_originals(folder)
        todo = list(seeds)
        while todo:
            for ended in _one_process(todo, originals, folder, read):
                todo.pop(0)
                yield ended


def _one_process(
    seeds: list[int],
    originals: dict[str, Path],
    folder: Path,
    read: Callable[[int, dict[str, Path], Path], None],
) -> Iterator[Failure | None]:
    """Yield how seeds ended, until all are through or one killed the process."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(list(seeds), originals, folder, read, theirs))
    process.start()
    theirs.close()
    try:
        for seed in list(seeds):
            what = sorted(originals)[seed % len(originals)]
            try:
                if not ours.poll(PATIENCE):
                    yield Failure(seed, what, "hangs")
                    return
                yield ours.recv()
            except EOFError:
                process.join()
                yield Failure(seed, what, f"kills the process ({process.exitcode})")
                return
    finally:
        process.kill()
        process.join()


def _work(
    seeds: list[int],
    originals: dict[str, Path],
    folder: Path,
    read: Callable[[int, dict[str, Path], Path], None],
    answer: Connection,
) -> None:
    for library in _LIBRARIES:
        importlib.import_module(library)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    signal.signal(signal.SIGPROF, _too_long)
    for seed in seeds:
        what = sorted(originals)[seed % len(originals)]
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            read(seed, originals, folder)
        except EctopyError as error:
            failure = Failure(seed, what, f"says {error}") if "\n" in str(error) else None
        except BaseException as error:  # this is what is looked for
            last = traceback.extract_tb(error.__traceback__)[-1]
            failure = Failure(seed, what, f"{type(error).__name__}: {error} ({last.filename}:{last.lineno})")
        else:
            failure = None
        signal.setitimer(signal.ITIMER_PROF, 0)
        answer.send(failure)
    answer.close()


def _too_long(*_: object) -> None:
    raise TimeoutError(f"took more than {SECONDS} s")
