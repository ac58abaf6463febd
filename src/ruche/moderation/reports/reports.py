"""Reports: a member, or anybody at all, says that something should be looked at.

A member has one open report an image. Anybody may send a notice without an account: they say who they
are to it (the person shown, an artist, a parent, another ground of law), leave a contact, and get a
receipt, of which the hash alone is kept; with it they read what became of it. What comes about an image
that has an open case joins that case. How much a report weighs follows from how often its writer was
right. Pure rules and rows; the deeds are in `actions/report.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID, uuid4

import psycopg

from ruche import errors
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

Outcome = Literal["founded", "unfounded", "gone"]
LONGEST: Final = 5000
LONGEST_CONTACT: Final = 200
LEAST_CONTACT: Final = 5
# What one member may report in a day.
REPORTS_A_DAY: Final = 20
TWICE: Final = "You have reported this image already; you will read here what came of it."
SAME: Final = "This notice is with us already; the receipt that you were given shows where it stands."
# From this accuracy on, added up over those who report, a report comes before others; below it waits.
TRUSTED: Final = 1.2
DOUBTED: Final = 0.25


@dataclass(frozen=True, slots=True)
class Ground:
    """Why somebody reports: its words, how early it is looked at, and whether by a few only."""

    words: str
    risk: int
    restricted: bool = False


GROUNDS: Final[dict[str, Ground]] = {
    "minors": Ground("It may put a minor at risk", 1, restricted=True),
    "intimate": Ground("It shows somebody in a way they did not agree to", 1, restricted=True),
    "real_person": Ground("It shows a real person", 3),
    "mature": Ground("It is not for a general audience", 3),
    "harassment": Ground("It hurts or mocks somebody", 3),
    "hate": Ground("It attacks people for what they are", 3),
    "violence": Ground("It shows violence", 3),
    "opted_out": Ground("It leans on an artist who does not want that", 4),
    "deception": Ground("It is made to deceive", 4),
    "spam": Ground("It is spam", 5),
    "other": Ground("Something else", 4),
}
NOTICES: Final[dict[str, Ground]] = {
    "depicted": Ground("I am shown in it, or somebody I speak for", 2),
    "artist": Ground("It takes from my work", 3),
    "parent": Ground("It shows a child of mine", 1, restricted=True),
    "law": Ground("It breaks another law", 2),
}


@dataclass(frozen=True, slots=True)
class Report:
    """A report or a notice. Staff sees it whole; who wrote it sees all but the case."""

    id: UUID
    case: UUID
    image: UUID | None
    member: int | None
    contact: str | None
    ground: str
    words: str
    at: datetime
    outcome: Outcome | None
    due_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often somebody's reports were right."""

    founded: int
    decided: int

    @property
    def weight(self) -> float:
        """From 0 to 1; a half for somebody new."""
        return (self.founded + 1) / (self.decided + 2)


def risk(ground: Ground, weights: Sequence[float]) -> int:
    """Where a report stands in the line: by its ground, earlier where trusted people or many agree.

    What protects people from harm is never put off.
    """
    if ground.risk <= 2 or not weights:  # noqa: PLR2004 - 1 and 2 are people asking for help
        return ground.risk
    together = sum(weights)
    if together >= TRUSTED:
        return ground.risk - 1
    return ground.risk + 1 if together < DOUBTED else ground.risk


def ground(name: str, *, notice: bool = False) -> Ground:
    """The ground of that name. Raises `errors.BadInput`."""
    table = NOTICES if notice else GROUNDS
    if name not in table:
        raise errors.BadInput.at("ground", "unknown_ground", f"Choose one of these: {', '.join(table)}.")
    return table[name]


def text(given: str, *, field: str, longest: int, least: int = 0) -> str:
    """What somebody wrote, tidied. Raises `errors.BadInput`."""
    clean = "".join(c for c in given.replace("\r\n", "\n") if c.isprintable() or c == "\n").strip()
    if len(clean) > longest:
        sentence = f"That is {len(clean)} characters long; at most {longest} are read, so say it shorter."
        raise errors.BadInput.at(field, f"{field}_too_long", sentence)
    if len(clean) < least:
        sentence = f"Write a little more here: at least {least} characters."
        raise errors.BadInput.at(field, f"{field}_too_short", sentence)
    return clean


async def add(
    conn: database.Connection,
    *,
    case: UUID,
    image: UUID | None,
    member: int | None,
    contact: str | None,
    receipt: bytes,
    ground: str,
    words: str,
) -> UUID:
    """Write a report. Raises `errors.Conflict` where the member's, or the very same notice, is open."""
    report = uuid4()
    try:
        await Q.run(
            conn,
            "add_report",
            id=report,
            case=case,
            image=image,
            member=member,
            contact=contact,
            receipt=receipt,
            ground=ground,
            words=words,
        )
    except psycopg.errors.UniqueViolation:
        raise errors.Conflict(sentence=TWICE if member else SAME) from None
    return report


async def open_case_of(conn: database.Connection, image: UUID) -> UUID | None:
    """The open case that further reports of this image join; nobody else opens one until the commit."""
    await line_up(conn, image)
    row = await Q.one(conn, "open_report_case", image=image)
    found: UUID | None = row["id"] if row else None
    return found


async def line_up(conn: database.Connection, image: UUID) -> None:
    """Nobody reports this image until the commit, and whoever is doing so comes first."""
    await Q.run(conn, "lock_reports_of", image=str(image))


async def bound(conn: database.Connection, images: Sequence[UUID]) -> frozenset[UUID]:
    """Those of these images that may not vanish before a person has decided, or since one removed them."""
    return frozenset(row["id"] for row in await Q.all(conn, "images_bound", images=[*images]))


async def sharpen(
    conn: database.Connection,
    case: UUID,
    *,
    risk: int,
    restricted: bool,
    due_at: datetime,
    notice: bool,
) -> None:
    """A case that more was said about becomes no less urgent, and no less restricted."""
    await Q.run(conn, "sharpen_case", id=case, risk=risk, restricted=restricted, due_at=due_at, notice=notice)


async def reportable(conn: database.Connection, image: UUID, member: int) -> int | None:
    """Whose image it is, where this member can see it as one of all members; else None."""
    row = await Q.one(conn, "reportable", image=image, member=member)
    owner: int | None = row["member"] if row else None
    return owner


async def owner(conn: database.Connection, image: UUID) -> int | None:
    """Whose image it is; None where there is no such image."""
    row = await Q.one(conn, "owner_of_image", image=image)
    found: int | None = row["member"] if row else None
    return found


async def accuracy(conn: database.Connection, member: int) -> Accuracy:
    """How often this member's reports were right, in the last year."""
    row = await Q.one(conn, "accuracy", member=member)
    return Accuracy(row["founded"], row["decided"]) if row else Accuracy(0, 0)


async def weights(conn: database.Connection, case: UUID) -> list[float]:
    """How much each of the members weighs who reported what this case is about."""
    rows = await Q.all(conn, "reporters", case=case)
    return [Accuracy(row["founded"], row["decided"]).weight for row in rows]


async def today(conn: database.Connection, member: int) -> int:
    """How many reports this member wrote within a day."""
    row = await Q.one(conn, "reports_today", member=member)
    return int(row["reports"]) if row else 0


async def settle(conn: database.Connection, case: UUID, outcome: Outcome) -> int:
    """Everybody who brought this case reads what came of it."""
    return await Q.run(conn, "settle_reports", case=case, outcome=outcome)


async def unsettle(conn: database.Connection, case: UUID) -> int:
    """The answer was taken back; whoever reported again meanwhile has that report open already."""
    return await Q.run(conn, "unsettle_reports", case=case)


async def of_case(conn: database.Connection, case: UUID) -> list[Report]:
    """What was reported, oldest first."""
    return [Report(**row) for row in await Q.all(conn, "reports_of_case", case=case)]


async def of_member(conn: database.Connection, member: int, *, limit: int = 50) -> list[Report]:
    """What this member reported, newest first."""
    return [Report(**row) for row in await Q.all(conn, "reports_of", member=member, limit=limit)]


async def by_receipt(conn: database.Connection, receipt: bytes) -> Report:
    """The report with this receipt, by its hash. Raises `errors.NotFound`."""
    row = await Q.one(conn, "report_by_receipt", receipt=receipt)
    if row is None:
        raise errors.NotFound(thing="receipt")
    return Report(**row)
