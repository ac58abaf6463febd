"""Forms with files from anybody: what its headers and its first field prove is asked before files are read.

A form without our cookie is refused unread, and one whose proof does not come first, at its first file.
Few arrive at once from one sender (`storage/arrivals.py`). Files lie on the disk while they come; they are
read into memory by whoever holds a place to look at them.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from starlette import datastructures, formparsers

from ruche import errors
from ruche.storage import arrivals
from ruche.web import forms, visits

KIND: Final = "multipart/form-data"
PROOF: Final = "csrf"


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that came from a page of ours, its files still on the disk."""

    fields: Mapping[str, str]
    files: Sequence[datastructures.UploadFile] = ()

    async def read(self) -> list[bytes]:
        """Its files, in memory."""
        return [await file.read() for file in self.files]


@contextlib.asynccontextmanager
async def arriving(request: Request, visit: visits.Guest, *, most: int) -> AsyncIterator[Sent]:
    """The form, with at most `most` files; empty ones are none. They are let go at the end.

    Raises `errors.FormExpired`, `errors.BadForm`, `errors.TooMany`. A browser without a chosen file sends
    the same form, so both kinds are read.
    """
    visits.known(visit)
    async with visit.house.arrivals.room(address(request)) as room:
        try:
            if _kind(request) != KIND:
                async with asyncio.timeout(arrivals.WHOLE):
                    fields = await forms.read(request)
                visits.passed(visit, fields)
                yield Sent(fields)
                return
            sent = await _parsed(request, visit, room, most)
        except TimeoutError as late:
            raise errors.BadForm(reason="it took too long to arrive") from late
        try:
            yield _sent(sent, visit)
        finally:
            await sent.close()


def address(request: Request) -> str:
    """Where a request comes from, as the server saw it."""
    return request.client.host if request.client else ""


def small(request: Request) -> bool:
    """Whether a form says that it is no longer than one without files."""
    length = request.headers.get("content-length", "")
    return length.isdecimal() and int(length[:20]) <= forms.BODY


async def _parsed(
    request: Request, visit: visits.Guest, room: arrivals.Room, most: int
) -> datastructures.FormData:
    parts = _Parts(
        request.headers,
        room.pieces(request.stream()),
        prove=lambda word: visits.passed(visit, {PROOF: word}),
        max_files=most,
        max_fields=forms.FIELDS,
        max_part_size=forms.BODY,
    )
    try:
        return await parts.parse()
    except formparsers.MultiPartException as wrong:
        raise errors.BadForm(reason=_unreadable(wrong.message, most)) from wrong
    except (UnicodeDecodeError, LookupError) as wrong:
        raise errors.BadForm(reason=forms.FOREIGN) from wrong


def _sent(form: datastructures.FormData, visit: visits.Guest) -> Sent:
    fields: dict[str, str] = {}
    files: list[datastructures.UploadFile] = []
    for name, value in form.multi_items():
        if isinstance(value, str):
            fields[name] = value
        elif value.size:
            files.append(value)
    visits.passed(visit, fields)
    return Sent(fields, files)


class _Parts(formparsers.MultiPartParser):
    """The parts of a form; the proof comes before any file.

    Text that is not UTF-8 is refused, where the framework would guess at it.
    """

    def __init__(self, *given: Any, prove: Callable[[str], None], **bounds: Any) -> None:
        super().__init__(*given, **bounds)
        self._prove = prove
        self._proven = False

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        if self._current_part.file is not None and not self._proven:
            raise errors.FormExpired

    def on_part_end(self) -> None:
        if self._current_part.file is None:
            try:
                text = bytes(self._current_part.data).decode("utf-8")
            except UnicodeDecodeError:
                raise formparsers.MultiPartException(forms.FOREIGN) from None
            self._charset = "utf-8"
            if self._current_part.field_name == PROOF:
                self._prove(text)
                self._proven = True
        super().on_part_end()


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def _unreadable(detail: str, most: int) -> str:
    if detail == forms.FOREIGN:
        return detail
    if "files" in detail:
        return f"more than {most} files came with it"
    return "it is damaged or too long"
