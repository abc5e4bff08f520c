"""Who may speak to the server: the browser of this machine that holds the token, on pages of its own."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY: Final = 4 << 20
"""Bytes of a request: room for one edit of all beats of two weeks, and for nothing else."""

_SAFE: Final = ("GET", "HEAD")
"""Methods that change nothing."""

_FOREIGN: Final = ("cross-site", "same-site")
"""What a browser says of requests that other pages make, those of other ports among them."""

APP_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
DOCUMENT_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'self'"
)
"""Content security policies: of the page, and of the reports that it shows, which run no script."""


@dataclass(frozen=True)
class Doorkeeper:
    """What is asked of every request.

    Parameters
    ----------
    token : str
        Secret of this run of the server.
    port : int
        It listens on.
    """

    token: str
    port: int

    @property
    def cookie(self) -> str:
        """Name of the cookie; browsers share cookies among the ports of a machine."""
        return f"ectopy-{self.port}"

    def refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Return status and reason if a request is refused."""
        headers = Headers(scope=scope)
        ours = {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost")}
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in ours:
            return 421, "this server answers to 127.0.0.1 only"
        if origin is not None and origin != f"http://{host}":
            return 403, "pages of other origins may not ask"
        if origin is None and scope["method"] not in _SAFE:
            return 403, "changes are made from the page only"
        if headers.get("sec-fetch-site") in _FOREIGN and headers.get("sec-fetch-mode") != "navigate":
            return 403, "pages of other sites may not ask"
        if not self._knows(headers, scope):
            return 401, "open the address that ectopy review printed; it holds the token"
        if _announced(headers) > LARGEST_BODY:
            return 413, f"a request may have {LARGEST_BODY >> 20} MB"
        return None

    def has_token(self, scope: Scope) -> bool:
        """Tell whether the token stands in the address, as it does when the page is opened first."""
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        return scope["path"] == "/" and hmac.compare_digest(given.encode(), self.token.encode())

    def _knows(self, headers: Headers, scope: Scope) -> bool:
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return self.has_token(scope)
        given = cookies[self.cookie].value if self.cookie in cookies else ""
        return hmac.compare_digest(given.encode(), self.token.encode()) or self.has_token(scope)


class Gate:
    """Refuse what a `Doorkeeper` refuses, cut off what is too long, and send safe headers with all else."""

    def __init__(self, app: ASGIApp, keeper: Doorkeeper) -> None:
        self._app, self._keeper = app, keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        refused = self._keeper.refusal(scope)
        if refused:
            answer = PlainTextResponse(refused[1] + "\n", refused[0])
            await answer(scope, receive, self._guarded(scope, send))
            return
        await self._app(scope, _measured(receive), self._guarded(scope, send))

    def _guarded(self, scope: Scope, send: Send) -> Send:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", APP_POLICY)
                headers["cache-control"] = "no-store"
                headers["x-content-type-options"] = "nosniff"
                headers["referrer-policy"] = "no-referrer"
                headers["cross-origin-resource-policy"] = "same-origin"
                headers["cross-origin-opener-policy"] = "same-origin"
                if self._keeper.has_token(scope) and message["status"] < 400:
                    cookie = f"{self._keeper.cookie}={self._keeper.token}; Path=/; HttpOnly; SameSite=Strict"
                    headers.append("set-cookie", cookie)
            await send(message)

        return guarded


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else LARGEST_BODY + 1


def _measured(receive: Receive) -> Receive:
    """Return what receives a body until it is longer than it may be; then the other side is gone."""
    taken = 0

    async def measured() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if taken > LARGEST_BODY else message

    return measured
