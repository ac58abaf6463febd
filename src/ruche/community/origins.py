"""Where images came from: the register of all that were made here, and what a file's traces add up to.

A row here outlives its image, so that a copy can be known after the original is gone. It tells the day
and the model, never who. `weigh` is the decision, pure; `Lookout` finds what looks alike; whoever holds
a file reads its traces first (`actions/verify.py`).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal
from uuid import UUID

import numpy as np
import numpy.typing as npt

from ruche import errors
from ruche.imaging import certificates, credentials, fingerprints
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

Outcome = Literal["intact", "altered", "alike", "unknown"]

# Fingerprints that one process keeps in memory (about 40 bytes each); beyond it, the newest ones.
MOST: Final = 4_000_000
# How many come at a time, so that other work goes on between.
PART: Final = 20_000
# Looks at a time, since each may decode a large picture, and how many files that have arrived may wait.
LOOKS: Final = 2
WAITING: Final = 6
# Numbers are given before their transactions commit, so the last ones are read again.
OVERLAP: Final = 1_000


@dataclass(frozen=True, slots=True)
class Origin:
    """One image that was made here."""

    image: UUID
    sha256: bytes
    """Of its file as it is kept."""
    pdq: bytes | None
    quality: int | None
    manifest: str
    """What its credential is called."""
    model: str
    made_on: date
    pixels: bytes | None = None
    """SHA-256 of the pixels themselves, for what is too plain for a fingerprint."""
    views: bytes | None = None
    """The fingerprints of its eight turned and mirrored views; written, and read by `comparisons.py`."""

    @property
    def sound(self) -> bool:
        """Whether its fingerprint tells it from others."""
        return self.pdq is not None and (self.quality or 0) >= fingerprints.SOUND


@dataclass(frozen=True, slots=True)
class Clues:
    """What was found in and about a file."""

    registered: Origin | None = None
    """The image whose very bytes these are."""
    credential: credentials.Credential | None = None
    named: Origin | None = None
    """The image that the credential names, where it is one of ours."""
    near: Origin | None = None
    """The image that looks most alike."""
    legible: bool = True
    """Whether the picture could be decoded."""
    sound: bool = True
    """Whether its fingerprint tells it from others."""
    marked: bool = False
    """Whether the file says of itself, unsigned, that AI made it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said about a file."""

    outcome: Outcome
    sentence: str
    origin: Origin | None = None
    ai: bool | None = None
    """Whether an algorithm made it; None where nothing tells."""
    credential: credentials.Credential | None = None
    maker: str | None = None
    """Who made it, where the file is as it left the house and they allow it to be told."""

    @property
    def made_here(self) -> bool:
        return self.outcome in {"intact", "altered"}


SENTENCES: Final[dict[str, str]] = {
    "intact": "This image was made here by AI, and this file is as it left the house.",
    "altered": "This image was made here by AI, and this file was changed since.",
    "alike": "This looks like an image that was made here by AI; it was encoded again and lost its proof.",
    "unknown": "Nothing shows that this image was made here.",
    "plain": "Nothing shows that this image was made here; it is too plain to be recognised by its looks.",
    "borrowed": "It carries the credentials of an image that was made here, but it shows another picture.",
    "elsewhere": "Its credentials are whole and say that AI made it, though not here.",
    "other": "Its credentials are whole, and they are not of this house.",
    "marked": "Nothing shows that it was made here; the file says of itself, unsigned, that AI made it.",
}


def weigh(clues: Clues) -> Finding:
    """What the clues add up to: the bytes first, then the signature, then the looks."""
    credential = clues.credential
    ours = credential is not None and credential.ours
    if clues.registered:
        return _found("intact", clues.registered, credential)
    if credential and ours and credential.whole:
        # A copy that the house gave out in another format or without the recipe; but under the credential
        # of the kept file, other bytes are a change where the signature does not reach.
        kept = clues.named is not None and clues.named.manifest == credential.manifest
        return _found("altered" if kept else "intact", clues.named, credential)
    changed = credential and clues.named and _same(clues, clues.named)
    if changed or (ours and not clues.legible):
        return _found("altered", clues.named, credential)
    if clues.near:
        return _found("alike", clues.near, credential)
    told = _told(clues)
    ai = True if told in {"elsewhere", "marked"} else None
    return Finding("unknown", SENTENCES[told], ai=ai, credential=credential)


def _told(clues: Clues) -> str:
    """Which sentence fits a file that was not made here, as far as anybody can see."""
    credential = clues.credential
    if credential and credential.ours:
        return "borrowed"
    if credential and credential.whole:
        return "elsewhere" if credential.by_algorithm else "other"
    if clues.marked:
        return "marked"
    return "unknown" if clues.sound else "plain"


def _same(clues: Clues, named: Origin) -> bool:
    """Whether the picture is the one that its credential names; a plain one cannot be told from others."""
    if clues.near:
        return clues.near.image == named.image
    hashed = named.quality is not None and named.quality >= fingerprints.SOUND
    return (
        clues.legible and not clues.sound and not hashed and bool(clues.credential and clues.credential.ours)
    )


def _found(outcome: Outcome, origin: Origin | None, credential: credentials.Credential | None) -> Finding:
    return Finding(outcome, SENTENCES[outcome], origin, ai=True, credential=credential)


async def register(conn: database.Connection, origin: Origin) -> None:
    """Write an image down; one that is there already is brought up to date."""
    await Q.run(
        conn,
        "register_origin",
        image=origin.image,
        sha256=origin.sha256,
        pdq=origin.pdq,
        quality=origin.quality,
        pixels=origin.pixels,
        views=origin.views,
        manifest=origin.manifest,
        model=origin.model,
        made_on=origin.made_on,
    )


async def by_sha256(conn: database.Connection, sha256: bytes) -> Origin | None:
    """The image whose file this is."""
    row = await Q.one(conn, "origin_by_sha256", sha256=sha256)
    return _origin(row) if row else None


async def by_image(conn: database.Connection, image: UUID) -> Origin | None:
    """An image that was made here, perhaps long gone."""
    row = await Q.one(conn, "origin_by_image", image=image)
    return _origin(row) if row else None


async def maker(conn: database.Connection, finding: Finding) -> Finding:
    """The finding with who made the image, where it is as it left the house and they let it be told."""
    if finding.outcome != "intact" or finding.origin is None:
        return finding
    row = await Q.one(conn, "maker_of_origin", image=finding.origin.image)
    return replace(finding, maker=row["name"]) if row else finding


async def copies(conn: database.Connection, origin: Origin) -> list[UUID]:
    """The other images that show the very same picture."""
    pdq = origin.pdq if origin.sound else None
    rows = await Q.all(conn, "copies_of_origin", image=origin.image, pdq=pdq, pixels=origin.pixels)
    return [row["image"] for row in rows]


async def introduce(conn: database.Connection, certificate: certificates.Certificate) -> None:
    """Let every process know that this certificate signs for the house."""
    await Q.run(
        conn,
        "introduce_certificate",
        mark=certificate.mark,
        chain=certificate.chain,
        self_made=certificate.self_made,
    )


async def known(conn: database.Connection) -> list[certificates.Certificate]:
    """Every certificate that has ever signed for the house."""
    return [certificates.Certificate(**row) for row in await Q.all(conn, "known_certificates")]


class Lookout:
    """Finds images that look alike among all that were made here; one a process, read on at each look.

    Holds only fingerprints that tell a picture from others, 32 bytes and a number each. A look at a file
    of a stranger's costs memory as well, so few happen at a time.
    """

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._forget()
        self._reading = asyncio.Lock()
        self._looks = asyncio.Semaphore(LOOKS)
        self._here = 0

    def __len__(self) -> int:
        return len(self._index)

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold one of the few places to look, once the file is here. Raises `errors.TooMany`."""
        if self._here >= LOOKS + WAITING:
            raise errors.TooMany(sentence="Many files are being looked at just now; try again in a minute.")
        self._here += 1
        try:
            async with self._looks:
                yield
        finally:
            self._here -= 1

    async def nearest(
        self, conn: database.Connection, views: Collection[bytes], *, within: int = fingerprints.NEAR
    ) -> Origin | None:
        """The image that looks most alike, the first made of several, or None."""
        async with self._reading:
            await self._read_on(conn)
            index, numbers = self._index, self._numbers
            near = await asyncio.to_thread(index.near, views, within=within)
        if not near:
            return None
        least = near[0][1]
        first = min(int(numbers[at]) for at, far in near if far == least)
        row = await Q.one(conn, "origin_by_number", number=first)
        return _origin(row) if row else None

    def _forget(self) -> None:
        self._index = fingerprints.Index()
        self._numbers: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._count = self._last = 0

    async def _read_on(self, conn: database.Connection) -> None:
        if len(self._index) >= self._most:
            self._forget()
        if not self._last:
            # Where there are too many, a quarter stays free for those that come.
            row = await Q.one(conn, "origins_from", most=self._most * 3 // 4)
            self._last = int(row["number"]) if row else 0
        after = max(0, self._last - OVERLAP)
        late = self._numbers[: self._count]
        late = late[late > after]
        while row := await Q.one(conn, "fingerprints_of_origins", after=after, most=PART):
            if not row["count"]:
                break
            numbers = np.frombuffer(row["numbers"], ">i8").astype(np.int64)
            after = self._last = max(self._last, int(numbers[-1]))
            new = ~np.isin(numbers, late)
            self._add(np.frombuffer(row["pdqs"], np.uint8).reshape(-1, fingerprints.BYTES)[new], numbers[new])
            if row["count"] < PART:
                break

    def _add(self, prints: fingerprints.Bits, numbers: npt.NDArray[np.int64]) -> None:
        self._index.add(prints)
        wanted = self._count + len(numbers)
        if wanted > len(self._numbers):
            self._numbers = np.resize(self._numbers, max(wanted, len(self._numbers) * 5 // 4))
        self._numbers[self._count : wanted] = numbers
        self._count = wanted


def _origin(row: sql.Row) -> Origin:
    return Origin(**row)
