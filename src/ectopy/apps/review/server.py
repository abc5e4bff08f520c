"""The server behind the page: what is asked for, and what is answered."""

from __future__ import annotations

import json
import mimetypes
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from anyio.to_thread import current_default_thread_limiter
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ectopy.analysis.edits import from_json
from ectopy.apps.review.about import about
from ectopy.apps.review.desk import Desk
from ectopy.apps.review.gate import DOCUMENT_POLICY, Doorkeeper, Gate
from ectopy.apps.review.opened import OpenRecording
from ectopy.apps.review.palette import palette_css
from ectopy.apps.review.reports import conclusion_of, pdf_of, report_of, write_files
from ectopy.apps.review.shapes import cluster_shapes, packed_windows, parted
from ectopy.apps.review.snapshot import snapshot
from ectopy.engines.worker import WorkerStopped
from ectopy.errors import EctopyError, ParameterError

STATIC: Final = Path(__file__).with_name("static")
THREADS: Final = 6
"""Requests that are worked on side by side; a page has two or three under way."""

_BYTES: Final = "application/octet-stream"

mimetypes.add_type("text/javascript", ".js")  # what some systems' tables get wrong


def application(desk: Desk, keeper: Doorkeeper) -> Starlette:
    """Return the server's application.

    Parameters
    ----------
    desk : Desk
        What is reviewed.
    keeper : Doorkeeper
        Who may ask.
    """
    app = Starlette(
        routes=_ROUTES,
        lifespan=_few_threads,
        middleware=[Middleware(Gate, keeper=keeper)],
        exception_handlers={
            EctopyError: _refused,
            WorkerStopped: _stopped,
            ClientDisconnect: _too_long,
            HTTPException: _failed,
        },
    )
    app.state.desk = desk
    return app


@asynccontextmanager
async def _few_threads(app: Starlette) -> AsyncIterator[None]:
    """Work on few requests side by side: each thread keeps memory of its own."""
    current_default_thread_limiter().total_tokens = THREADS
    yield


def _refused(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 400)


def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for no other
    return PlainTextResponse(f"{error.detail}\n", error.status_code)


def _stopped(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"the process that learns was stopped: {error}; try again\n", 503)


def _too_long(request: Request, error: Exception) -> Response:
    return PlainTextResponse("the request is too long\n", 413)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _recording(request: Request) -> OpenRecording:
    return _desk(request).recording(request.path_params["key"])


def _number(request: Request, name: str, default: int | None = None) -> int:
    text = request.query_params.get(name, "" if default is None else str(default))
    try:
        return int(text)
    except ValueError:
        raise ParameterError(f"{name}={text[:40]!r} is no whole number; give one") from None


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError):
        raise ParameterError("the request is no JSON; send an object") from None
    if not isinstance(body, dict):
        raise ParameterError("the request is no object of JSON; send one")
    return body


def index(request: Request) -> Response:
    """Return the page."""
    return FileResponse(STATIC / "index.html")


def palette(request: Request) -> Response:
    """Return the colours that the page shares with reports."""
    return Response(palette_css(), media_type="text/css")


def worklist(request: Request) -> Response:
    """Return the recordings and their states, after another look into the folder if that is asked for."""
    if "again" in request.query_params:
        _desk(request).worklist.look()
    return JSONResponse(_desk(request).rows())


def start_analysis(request: Request) -> Response:
    """Start the analysis of a recording that has none yet."""
    desk = _desk(request)
    place = desk.place(request.path_params["key"])
    if place.analysis.exists():
        raise ParameterError(f"{place.title} was analysed already; its edits are about that analysis")
    desk.analyses.start(place)
    return JSONResponse({})


def recording(request: Request) -> Response:
    """Return what does not change about a recording."""
    return JSONResponse(about(_recording(request), _desk(request).options))


def state(request: Request) -> Response:
    """Return the recording as edited, or nothing if that is known."""
    opened = _recording(request)
    if opened.state.revision == _number(request, "since", -1):
        return Response(status_code=204)
    return Response(snapshot(opened, request.query_params.get("author", "")), media_type=_BYTES)


def signal(request: Request) -> Response:
    """Return a stretch of the signal."""
    lead = _number(request, "lead") if "lead" in request.query_params else None
    start, stop, factor = (_number(request, name) for name in ("start", "stop", "factor"))
    content = _recording(request).windows.window(start, stop, factor, lead)
    return Response(content, media_type=_BYTES)


def clusters(request: Request) -> Response:
    """Return the shapes of the clusters."""
    return JSONResponse(cluster_shapes(_recording(request)))


async def waveforms(request: Request) -> Response:
    """Return windows of beats."""
    body, opened = await _body(request), await run_in_threadpool(_recording, request)
    return Response(await run_in_threadpool(packed_windows, opened, body.get("beats")), media_type=_BYTES)


Change = Callable[[OpenRecording, dict[str, Any]], None]


def _changing(change: Change) -> Callable[[Request], Any]:
    """Return an endpoint that makes a change and answers with what it led to."""

    def made(request: Request, body: dict[str, Any]) -> bytes:
        opened = _recording(request)
        change(opened, body)
        return snapshot(opened, str(body.get("author", "")))

    async def endpoint(request: Request) -> Response:
        body = await _body(request)
        return Response(await run_in_threadpool(made, request, body), media_type=_BYTES)

    return endpoint


def _edit(opened: OpenRecording, body: dict[str, Any]) -> None:
    edits = body.get("edits")
    if not isinstance(edits, list) or not edits:
        raise ParameterError("edits is no list of edits; give what was done at once")
    opened.edit([from_json(edit) for edit in edits], body.get("author", ""))


def _undo(opened: OpenRecording, body: dict[str, Any]) -> None:
    opened.log.undo(body.get("author", ""))


def _redo(opened: OpenRecording, body: dict[str, Any]) -> None:
    opened.log.redo(body.get("author", ""))


def _split(opened: OpenRecording, body: dict[str, Any]) -> None:
    cluster = body.get("cluster")
    if type(cluster) is not int:
        raise ParameterError(f"cluster={cluster!r} is no number of a cluster; give one")
    opened.edit([parted(opened, cluster)], body.get("author", ""))


def proposed(request: Request) -> Response:
    """Return what the learner proposes."""
    return JSONResponse(_desk(request).learning.proposals(_recording(request)))


def conclusion(request: Request) -> Response:
    """Return the conclusion, a person's or the automatic one."""
    return JSONResponse(asdict(conclusion_of(_recording(request))))


def report(request: Request) -> Response:
    """Return the report of the edited analysis."""
    page = report_of(_recording(request), _desk(request).options)
    return Response(page, media_type="text/html", headers={"content-security-policy": DOCUMENT_POLICY})


def report_pdf(request: Request) -> Response:
    """Return the report, printed."""
    with tempfile.TemporaryDirectory() as folder:
        content = pdf_of(_recording(request), _desk(request).options, Path(folder))
    return Response(content, media_type="application/pdf")


def outputs(request: Request) -> Response:
    """Write all files of the edited analysis, and say where."""
    files = write_files(_recording(request), _desk(request).options)
    return JSONResponse({"files": [str(path) for path in files]})


_OF: Final = "/api/recordings/{key}"
_ROUTES: Final = [
    Route("/", index),
    Route("/palette.css", palette),
    Route("/api/recordings", worklist),
    Route(f"{_OF}", recording),
    Route(f"{_OF}/analysis", start_analysis, methods=["POST"]),
    Route(f"{_OF}/state", state),
    Route(f"{_OF}/signal", signal),
    Route(f"{_OF}/clusters", clusters),
    Route(f"{_OF}/waveforms", waveforms, methods=["POST"]),
    Route(f"{_OF}/edits", _changing(_edit), methods=["POST"]),
    Route(f"{_OF}/undo", _changing(_undo), methods=["POST"]),
    Route(f"{_OF}/redo", _changing(_redo), methods=["POST"]),
    Route(f"{_OF}/split", _changing(_split), methods=["POST"]),
    Route(f"{_OF}/proposals", proposed),
    Route(f"{_OF}/conclusion", conclusion),
    Route(f"{_OF}/outputs", outputs, methods=["POST"]),
    Route("/recordings/{key}/report", report),
    Route("/recordings/{key}/report.pdf", report_pdf),
    Mount("/static", StaticFiles(directory=STATIC)),
]
