"""What every answer carries and every request must be, before any route looks.

Headers that keep scripts, frames and referrers in; a limit on bodies; and, for what changes something,
the proof that a page of ours asks (the browser's own word; each form's word is `visits.py`'s). The API
that is mounted beside has its own rules and is left alone.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ruche import errors
from ruche.web import forms

API: Final = "/api/v1/"
# A stream has no end, and so no head alone.
STREAMS: Final = "/events"
# Where the policy is that forbids to mine what is here (`wellknown.py`).
TDM_POLICY: Final = "/tdm-policy.json"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Previews come inside the live stream, as data: images.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """The outermost layer of the pages. Raises into `problems.py`, which stands around it."""

    def __init__(self, app: ASGIApp, *, address: str) -> None:
        self.app = app
        self._reserved = {"TDM-Reservation": "1", "TDM-Policy": policy(address)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].startswith(API):
            await self.app(scope, receive, _dressed(send, self._reserved))
            return
        dressed = _dressed(send, HEADERS | self._reserved)
        if scope["method"] == "HEAD" and not scope["path"].endswith(STREAMS):
            scope, dressed = {**scope, "method": "GET"}, _dressed(_bodiless(send), HEADERS | self._reserved)
        await self.app(scope, _measured(receive, forms.largest(scope["path"])), dressed)


def policy(address: str) -> str:
    """The address of the policy on mining."""
    return f"{address}{TDM_POLICY}"


def check(scope: Scope, address: str) -> None:
    """Refuse what another site sends; `address` is what members type, where a proxy changes the host.

    Raises `errors.FormExpired`, or `errors.BodyTooLarge` for a body that says so itself.
    """
    headers = Headers(scope=scope)
    length = headers.get("content-length", "0")
    most = forms.largest(scope["path"])
    if not length.isdecimal() or int(length) > most:
        raise errors.BodyTooLarge(limit=most)
    if scope["method"] in SAFE:
        return
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise errors.FormExpired
    origin = headers.get("origin")
    if origin is None:
        return
    host = _host(origin)
    if not host or host not in {headers.get("host"), _host(address)}:
        raise errors.FormExpired


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        # No address at all (an open bracket, say), so nobody's.
        return ""


def _dressed(send: Send, told: Mapping[str, str]) -> Send:
    """Answers with these headers, where the route has not said them itself."""

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in told.items():
                headers.setdefault(name, value)
        await send(message)

    return dressed


def _bodiless(send: Send) -> Send:
    """The answer to a HEAD: what a GET would say, without its body."""

    async def short(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return short


def _measured(receive: Receive, most: int) -> Receive:
    """The same body, refused where it grows over the limit whatever its length was said to be."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise errors.BodyTooLarge(limit=most)
        return message

    return counted
