"""Run the server of a review until it is interrupted."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from typing import Final

from ectopy.apps.review.desk import Desk, Options
from ectopy.apps.review.worklist import Worklist
from ectopy.errors import ParameterError, require_extra

HOST: Final = "127.0.0.1"
USUAL_PORT: Final = 8750
"""Is taken where it is free, as browsers keep settings by port."""

_AT_ONCE: Final = 64
"""Requests that are worked on side by side; a page makes a dozen."""


def serve(worklist: Worklist, options: Options, port: int | None, opened: Callable[[str], None]) -> None:
    """Serve the review page on this machine.

    Parameters
    ----------
    worklist : Worklist
        What is reviewed.
    options : Options
        What is shown.
    port : int, optional
        To listen on; `USUAL_PORT`, or any that is free, by default.
    opened : callable
        Is given the address, with the token, once somebody listens there.

    Raises
    ------
    ParameterError
        If the port is taken.
    MissingExtraError
        If starlette or uvicorn is not installed.
    """
    uvicorn = require_extra("uvicorn", "review")
    require_extra("starlette", "review")
    from ectopy.apps.review.gate import Doorkeeper
    from ectopy.apps.review.server import application

    listener = _listener(port)
    keeper = Doorkeeper(secrets.token_urlsafe(24), listener.getsockname()[1])
    desk = Desk(worklist, options)
    config = uvicorn.Config(
        application(desk, keeper),
        log_level="critical",
        access_log=False,
        server_header=False,
        limit_concurrency=_AT_ONCE,
        timeout_graceful_shutdown=1,
    )
    try:
        opened(f"http://{HOST}:{keeper.port}/?token={keeper.token}")
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:  # how a review ends
        pass
    finally:
        desk.close()
        listener.close()


def _listener(port: int | None) -> socket.socket:
    if port is None:
        try:
            return socket.create_server((HOST, USUAL_PORT))
        except OSError:
            port = 0
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        reason = f"port={port} cannot be listened on ({error.strerror}); give another one"
        raise ParameterError(reason) from error
