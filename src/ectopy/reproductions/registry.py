"""The published systems that are reproduced, each by one command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Final

from ectopy.engines.engine import Engine
from ectopy.errors import ParameterError, require_extra, unknown_option
from ectopy.parallel import parallel_map
from ectopy.reproductions.metrics import Provenance, measured_cost, write_reproduction
from ectopy.reproductions.study import Reproduction, Settings


@dataclass(frozen=True)
class Study:
    """A published system.

    Parameters
    ----------
    what : str
        What was published, in a line.
    dataset : str
        What it is measured on.
    place : str
        Module and function that reproduce it.
    takes_files : bool
        Whether it also runs on the published files of beats alone, given by path.
    """

    what: str
    dataset: str
    place: str
    takes_files: bool = False


STUDIES: Final = {
    "dense-autoencoder": Study(
        "convolutional autoencoder with a dense code: compression, denoising, few labels",
        "mitdb, nstdb",
        "ectopy.reproductions.dense_autoencoder.autoencoder:reproduce",
    ),
    "ecg5000-lstm": Study(
        "LSTM autoencoder of ECG5000: anomaly detection, denoising, features",
        "ecg5000",
        "ectopy.reproductions.ecg5000.lstm:reproduce",
    ),
    "ecg5000-recurrent": Study(
        "recurrent autoencoder of ECG5000: the workflow and its pictures, and a fast variant",
        "ecg5000",
        "ectopy.reproductions.ecg5000.recurrent:reproduce",
    ),
    "ptb-conv": Study(
        "convolutional autoencoders of PTB heartbeats, by upsampling and transposed convolution",
        "ptbxl",
        "ectopy.reproductions.ptb_conv.conv:reproduce",
        takes_files=True,
    ),
    "mitbih-wavelet-cnn": Study(
        "wavelet, SMOTE and CNN classifier of MIT-BIH beats by AAMI class",
        "mitdb",
        "ectopy.reproductions.wavelet_cnn.classification:reproduce",
    ),
}
"""Name → study, in the order of ``ectopy reproduce --all``."""


def reproduce_all(
    settings: Settings, jobs: int = 1, engine: Engine | None = None
) -> Iterator[tuple[str, Reproduction]]:
    """Run every study; a study keeps to one thread, so that several share the cores.

    Parameters
    ----------
    settings : Settings
        How.
    jobs : int
        Processes that share the studies.
    engine : Engine, optional
        What shares them in place of processes of this machine.

    Returns
    -------
    iterator of (str, Reproduction)
        Name of a study and what it found, in the order of `STUDIES`.
    """
    if jobs > 1:
        settings = replace(settings, progress=False)  # bars of several processes would overwrite each other
    found = parallel_map(partial(reproduce, settings=settings), tuple(STUDIES), jobs=jobs, engine=engine)
    return zip(STUDIES, found, strict=True)


def reproduce(name: str, settings: Settings) -> Reproduction:
    """Run a study, and write its figures, ``metrics.json`` and ``table.md``.

    Parameters
    ----------
    name : str
        One of `STUDIES`.
    settings : Settings
        How; its ``out`` is the folder that gets a folder of that name.

    Returns
    -------
    Reproduction
        What was written.

    Raises
    ------
    ParameterError
        If the name is unknown, or the study takes no files.
    DatasetError
        If its dataset is not at hand; a quick run needs none.
    MissingExtraError
        If torch is not installed.
    """
    if name not in STUDIES:
        raise unknown_option("name", name, STUDIES)
    if settings.files and not STUDIES[name].takes_files:
        able = ", ".join(each for each, study in STUDIES.items() if study.takes_files)
        raise ParameterError(f"study {name} runs on its dataset, not on files; leave them out (can: {able})")
    require_extra("torch", "train")
    inside = replace(settings, out=settings.out / name)
    module, attribute = STUDIES[name].place.split(":")
    run: Callable[[Settings], Reproduction] = getattr(import_module(module), attribute)
    from ectopy.training.loop import one_thread

    with _folder(inside.out):
        with one_thread() as threads, measured_cost() as cost:
            found = run(inside)
        write_reproduction(found, Provenance.of(name, settings, cost, threads), inside.out)
    return found


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    """Make a folder, before work that is lost without it; take it away again if the work leaves it empty."""
    made = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        with suppress(OSError):  # a file is in it
            for each in made:
                each.rmdir()
        raise
