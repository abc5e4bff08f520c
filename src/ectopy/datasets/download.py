"""Bring a dataset from its publisher: checked, resumed where it stopped, tried again when the line drops."""

from __future__ import annotations

import logging
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pooch
import requests
from rich.console import Console
from rich.progress import track
from urllib3.exceptions import MaxRetryError
from urllib3.util import Retry

from ectopy.datasets.catalog import Dataset, dataset, folder
from ectopy.errors import DatasetError

_TIMEOUT = 30.0
_CHUNK = 1 << 16
_TRY_AGAIN = frozenset({408, 416, 429, 500, 502, 503, 504})


def download(
    name: str,
    *,
    base_url: str | None = None,
    progress: bool = True,
    retries: int = 4,
    backoff: float = 1.0,
) -> Path:
    """Download what is missing of a dataset and check every file against its SHA-256.

    A file that is already right is left alone and costs no request. A file that was broken off is continued
    where the server allows it, else fetched again from the start. A file that is not what was published is
    not kept.

    Parameters
    ----------
    name : str
        Name in the catalog.
    base_url : str, optional
        Folder of a mirror to use instead of the publisher.
    progress : bool
        Whether to draw a progress bar on standard error.
    retries : int
        How often to try again, for each file, when the connection drops or the server is busy.
    backoff : float
        Seconds that waits grow from, as urllib3's do: none before the first new try, twice as long before the
        second, doubled for each one after it; where the server says how long to wait, that is done.

    Returns
    -------
    Path
        The folder that holds the dataset.

    Raises
    ------
    DatasetError
        If the dataset is unknown or cannot be downloaded, the server does not give a file, a file's checksum
        is wrong, or the folder cannot be written.
    """
    entry = dataset(name)
    if not entry.downloadable:
        raise DatasetError(f"dataset {name} cannot be downloaded by ectopy. {entry.remedy}")
    target = folder(name)
    url = (base_url or entry.url).rstrip("/") + "/"
    try:
        target.mkdir(parents=True, exist_ok=True)
        if entry.archive:
            _fetch_archive(entry, url + entry.archive, target, retries, backoff)
        else:
            _fetch_files(entry, url, target, progress, retries, backoff)
    except requests.RequestException as error:
        raise DatasetError(
            f"dataset {name}: download from {url} failed ({error}); try again later"
        ) from error
    except OSError as error:
        raise DatasetError(
            f"dataset {name}: cannot write to {target} ({error.strerror}); free or unlock it and try again"
        ) from error
    return target


@dataclass(frozen=True)
class _ResumingDownloader:
    """What pooch calls to fetch a file: goes on from ``part`` and, when the line drops, tries again."""

    part: Path
    retries: int
    backoff: float

    def __call__(self, url: str, output_file: str | Path, _: object) -> None:
        retry = Retry(total=self.retries, backoff_factor=self.backoff)
        while True:
            try:
                _append_rest(url, self.part)
                break
            except requests.RequestException as error:
                if not _is_passing(error):
                    raise
                retry = _spent(retry, error)
                retry.sleep(None if error.response is None else error.response.raw)
        self.part.replace(output_file)


def _spent(retry: Retry, error: requests.RequestException) -> Retry:
    """Return what is left of the retries after an error; raise it where nothing is."""
    try:
        return retry.increment(error=error)
    except MaxRetryError:
        raise error from None


def _append_rest(url: str, part: Path) -> None:
    """Write to ``part`` what it lacks of the file at ``url``; all of it if the server sends no ranges."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            part.unlink(missing_ok=True)
        response.raise_for_status()
        continues = response.status_code == requests.codes.partial_content
        with part.open("ab" if continues else "wb") as out:
            for chunk in response.iter_content(_CHUNK):
                out.write(chunk)


def _is_passing(error: requests.RequestException) -> bool:
    """Tell whether the same request may succeed a little later."""
    if error.response is not None:
        return error.response.status_code in _TRY_AGAIN
    return isinstance(
        error, (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    )


def _fetch_files(
    entry: Dataset, url: str, target: Path, progress: bool, retries: int, backoff: float
) -> None:
    """Fetch a dataset file by file."""
    logging.getLogger("pooch").setLevel(logging.WARNING)
    registry = pooch.create(path=target, base_url=url, registry=dict(entry.files))
    console = Console(stderr=True)
    for file in track(entry.files, f"downloading {entry.name}", console=console, disable=not progress):
        downloader = _ResumingDownloader(target / f"{file}.part", retries, backoff)
        try:
            registry.fetch(file, downloader=downloader)
        except ValueError as error:
            raise _wrong_checksum(entry, file, url) from error


def _fetch_archive(entry: Dataset, url: str, target: Path, retries: int, backoff: float) -> None:
    """Fetch a dataset that comes as one zip file, and keep only its catalogued files."""
    if all(_is_right(target / file, checksum) for file, checksum in entry.files.items()):
        return
    archive = target / entry.archive
    _ResumingDownloader(target / f"{entry.archive}.part", retries, backoff)(url, archive, None)
    try:
        with zipfile.ZipFile(archive) as opened:
            for file, checksum in entry.files.items():
                _extract(opened, file, target / file, checksum)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise DatasetError(
            f"dataset {entry.name}: {url} does not hold the published files ({error});"
            f" put {' and '.join(entry.files)} into {target} by hand"
        ) from error
    finally:
        archive.unlink(missing_ok=True)


def _extract(archive: zipfile.ZipFile, file: str, path: Path, checksum: str) -> None:
    """Write one member of an archive to a path, whole and right or not at all."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(archive.read(file))
    try:
        if not _is_right(draft, checksum):
            raise ValueError(f"the SHA-256 of {file} differs")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _is_right(path: Path, checksum: str) -> bool:
    return path.is_file() and pooch.file_hash(str(path), alg="sha256") == checksum


def _wrong_checksum(entry: Dataset, file: str, url: str) -> DatasetError:
    return DatasetError(
        f"dataset {entry.name}: {file} from {url} is not the published file (SHA-256 differs); not kept,"
        " try again or use another source"
    )
