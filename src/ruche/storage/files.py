"""Where the bytes of images are kept: a folder, or a bucket of an S3-compatible store.

A file appears whole or not at all, and one that is missing may be deleted again. Keys are made here and
nowhere else, so none comes from outside; they are checked all the same. This file does not know which
image a key belongs to or whether it should exist: the `images` and `loose_files` tables do.
"""

import asyncio
import contextlib
import os
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import obstore
from obstore import exceptions, store

from ruche import config, errors

_KEY: Final = re.compile(r"[a-z0-9][a-z0-9_-]*(?:[./][a-z0-9][a-z0-9_-]*)*")
KEY_LENGTH: Final = 200
# Digits of a digest in a name: enough to keep apart the few attempts at one image.
MARK: Final = 16

# A door waits for a file, so the store's own patience of three minutes is too much.
RETRY: Final = {"max_retries": 4, "retry_timeout": timedelta(seconds=15)}


class Files:
    """Bytes by key. Every verb may raise `errors.FilesAway`; a key that is not one is a ValueError."""

    def __init__(self, kept: Any, *, place: str, folder: Path | None = None) -> None:
        self._store = kept
        self._folder = folder
        self.place = place
        """For people: the folder or the address."""

    async def put(self, key: str, data: bytes, *, kind: str) -> None:
        """Keep these bytes, replacing any before; `kind` is their content type.

        Nobody sees half of it, a full disk leaves nothing, and what a killed put left of it goes.
        """
        _judge(key)
        # A folder has no place for the kind; whoever serves the file knows it by the key.
        attributes = None if self._folder else {"Content-Type": kind}
        try:
            with _told():
                await obstore.put_async(self._store, key, data, attributes=attributes)
                if self._folder:
                    await asyncio.to_thread(_settle, self._folder / key)
                    await asyncio.to_thread(_clear_fragments, self._folder / key)
        except FileNotFoundError as gone:
            raise errors.FilesAway(reason="what was just written is gone again") from gone

    async def get(self, key: str) -> bytes:
        """The bytes, or `errors.NotFound`."""
        _judge(key)
        try:
            with _told():
                found = await obstore.get_async(self._store, key)
                return bytes(await found.bytes_async())
        except FileNotFoundError as missing:
            raise errors.NotFound(thing="file") from missing

    async def delete(self, key: str) -> None:
        """See to it that there is no such file, nor a fragment of a put that was killed."""
        _judge(key)
        with contextlib.suppress(FileNotFoundError), _told():
            await obstore.delete_async(self._store, key)
        if self._folder:
            with _told():
                await asyncio.to_thread(_clear_fragments, self._folder / key)

    async def exists(self, key: str) -> bool:
        """Whether there is such a file."""
        _judge(key)
        try:
            with _told():
                await obstore.head_async(self._store, key)
        except FileNotFoundError:
            return False
        return True

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """Every key under this folder (`images/ab`), in no order that counts."""
        _judge(prefix)
        with _told():
            async for part in obstore.list(self._store, prefix):
                for entry in part:
                    yield entry["path"]


def opened(settings: config.Settings) -> Files:
    """The files of this house. Raises `errors.FilesAway` for a folder that cannot be made."""
    if settings.files_url:
        return _in_bucket(settings)
    folder = (settings.data / "files").absolute()
    with _told():
        # Closed to the other users of the machine: what members make is not theirs to read.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Files(store.LocalStore(folder), place=str(folder), folder=folder)


def image_key(image: uuid.UUID, mark: str) -> str:
    """Where an image's PNG is. `mark` is its SHA-256 in hex, empty for one from before there were signatures.

    No two attempts sign alike, so each has names of its own: one that stalls and ends late writes beside
    the file that was registered meanwhile, never over it.
    """
    return f"images/{_spread(image, mark)}.png"


def thumb_key(image: uuid.UUID, mark: str) -> str:
    """Where its thumbnail is; `mark` is the image's."""
    return f"thumbs/{_spread(image, mark)}.webp"


def _spread(image: uuid.UUID, mark: str) -> str:
    # The last digits, because the first ones of an id may be the time: 65,536 folders that fill evenly.
    digits = image.hex
    name = f"{image}-{mark[:MARK]}" if mark else f"{image}"
    return f"{digits[-2:]}/{digits[-4:-2]}/{name}"


def _in_bucket(settings: config.Settings) -> Files:
    address = urlsplit(settings.files_url)
    given: dict[str, Any] = {}
    if settings.files_endpoint:
        given["endpoint"] = settings.files_endpoint.rstrip("/")
        given["client_options"] = {"allow_http": settings.files_endpoint.startswith("http://")}
    prefix = address.path.strip("/")
    with _told():
        # Credentials and region come from the AWS_* variables, which the store reads itself.
        bucket = store.S3Store(address.netloc, prefix=prefix or None, retry_config=RETRY, **given)
    return Files(bucket, place=settings.files_url)


def _settle(path: Path) -> None:
    """Bring a file and its name to the disk: its row will say for good that it is there."""
    for what in (path, path.parent):
        descriptor = os.open(what, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _clear_fragments(path: Path) -> None:
    # The store writes to NAME#NUMBER first and hides such names from its lists.
    for fragment in path.parent.glob(f"{path.name}#*"):
        fragment.unlink(missing_ok=True)


def _judge(key: str) -> None:
    if len(key) > KEY_LENGTH or not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key of a file")


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn the store's faults into ours; a missing file stays what it is."""
    try:
        yield
    except FileNotFoundError as missing:
        if "NoSuchBucket" not in str(missing):
            raise
        raise errors.FilesAway(reason=_words(missing)) from missing
    except (exceptions.BaseError, OSError) as fault:
        raise errors.FilesAway(reason=_words(fault)) from fault


def _words(fault: Exception) -> str:
    """The cause at the bottom of the store's nested message, without its addresses and types."""
    text = str(fault)
    for sign, words in _CAUSES.items():
        if sign in text:
            return words
    return (text.strip().splitlines() or ["no reason given"])[0][:200].rstrip(".")


_CAUSES: Final = {
    "No space left on device": "the disk is full",
    "Disk quota exceeded": "the disk quota is used up",
    "File too large": "the file is larger than this disk takes",
    "Permission denied": "permission denied",
    "Read-only file system": "the disk is read-only",
    "NoSuchBucket": "there is no such bucket",
    "InvalidAccessKeyId": "the access key is not known there",
    "SignatureDoesNotMatch": "the secret key is wrong",
    "error sending request": "the server does not answer",
    "AccessDenied": "the access key may not do that",
}
