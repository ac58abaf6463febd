"""Finished images: their rows, and the list of files that must not outlive them.

An image is a row here and two files in storage (`storage/files.py`). The two cannot change in one
transaction, so a set of files is called loose before it is put and again before it is deleted; what a
crash leaves loose, `actions/sweep.py` clears away. Nothing here touches the files.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from ruche import errors, recipe
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

Shown = Literal["held", "maker", "members"]
Rating = Literal["general", "mature"]

# How many generations are looked back.
LINEAGE: Final = 20
# So many that were set aside are looked at in one round.
MOST_SET_ASIDE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Made:
    """What is known of an image as it is delivered. Its recipe is that of the one image (count 1)."""

    id: UUID
    job: UUID
    place: int
    member: int
    recipe: recipe.Recipe
    width: int
    height: int
    bytes: int
    """The size of the PNG file."""
    sha256: str
    tint: str
    """A CSS hex colour to show until the image is there."""
    seconds: float
    """Engine time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(Made):
    """An image that stands."""

    created_at: datetime
    shown: Shown
    """Who may see it: those who decide, its maker, or all members."""
    rating: Rating
    cap: Rating
    parent: UUID | None
    signed_at: datetime | None
    published_at: datetime | None
    discarded_at: datetime | None = None
    """When its maker deleted it, where it is kept until a person has decided about it."""

    @property
    def mark(self) -> str:
        """What the names of its files carry (`storage/files.py`)."""
        return self.sha256 if self.signed_at else ""


@dataclass(frozen=True, slots=True)
class Held:
    """The place of an image that its maker cannot see until a person has looked: nothing of the picture."""

    job: UUID
    place: int
    width: int
    height: int
    prompt: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Ancestor:
    """An image that another was made from."""

    id: UUID
    prompt: str | None
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class Forsaken:
    """Files that nobody will finish: of an image that stands after all, or of none."""

    image: UUID
    mark: str
    kept: bool


async def add(conn: database.Connection, made: Made) -> bool:
    """Write the image; False where this place of its job has one already."""
    row = await Q.one(
        conn,
        "add_image",
        id=made.id,
        job=made.job,
        place=made.place,
        member=made.member,
        recipe=Jsonb(made.recipe.as_dict()),
        width=made.width,
        height=made.height,
        bytes=made.bytes,
        sha256=bytes.fromhex(made.sha256),
        tint=made.tint,
        seconds=made.seconds,
    )
    return row is not None


async def find(conn: database.Connection, image: UUID, member: int) -> Image:
    """One of this member's images. Raises `errors.NotFound`, also where it is another's or held."""
    row = await Q.one(conn, "find_image", id=image, member=member)
    if row is None:
        raise errors.NotFound(thing="image")
    return _from_row(row)


async def seen(conn: database.Connection, image: UUID, member: int) -> Image:
    """An image that this member may look at: their own, or one that all members see.

    Raises `errors.NotFound`.
    """
    row = await Q.one(conn, "seen_image", id=image, member=member)
    if row is None:
        raise errors.NotFound(thing="image")
    return _from_row(row)


async def keep(conn: database.Connection, image: UUID) -> Image | None:
    """Any image, kept as it is until this transaction ends; for deeds that have asked who may."""
    row = await Q.one(conn, "keep_image", id=image)
    return _from_row(row) if row else None


async def known(conn: database.Connection, image: UUID) -> Image | None:
    """Any image, also one that is held back; for the desk alone."""
    row = await Q.one(conn, "any_image", id=image)
    return _from_row(row) if row else None


async def publish(conn: database.Connection, image: UUID) -> None:
    """Put the image before all members, from now."""
    await Q.run(conn, "publish_image", id=image)


async def unpublish(conn: database.Connection, image: UUID) -> None:
    """Leave the image to its maker alone, until they offer it again."""
    await Q.run(conn, "unpublish_image", id=image)


async def offer(conn: database.Connection, image: UUID) -> None:
    """Note that its maker wants the image before all members; a person decides."""
    await Q.run(conn, "offer_image", id=image)


async def take_out(conn: database.Connection, image: UUID) -> None:
    """Delete the row of any image; its files are the caller's to call loose."""
    await Q.run(conn, "take_out_image", id=image)


async def stands(conn: database.Connection, image: UUID) -> bool:
    """Whether there is such an image, whoever may see it."""
    return await Q.one(conn, "image_stands", id=image) is not None


async def unsigned(conn: database.Connection, *, but: Collection[UUID] = ()) -> Image | None:
    """The oldest image without a signature; those in `but` are passed over."""
    row = await Q.one(conn, "unsigned_image", but=[*but])
    return _from_row(row) if row else None


async def sign(conn: database.Connection, image: UUID, *, sha256: bytes, size: int) -> None:
    """Note that the image's file has its signature, and what the file is now."""
    await Q.run(conn, "sign_image", id=image, sha256=sha256, bytes=size)


async def last_prompts(conn: database.Connection, *, most: int) -> list[str]:
    """What was asked for last in this house, each prompt once."""
    return [row["prompt"] for row in await Q.all(conn, "last_prompts", most=most)]


async def prompts(conn: database.Connection, wanted: Collection[UUID]) -> dict[UUID, str]:
    """The prompts of these images, of those that stand."""
    rows = await Q.all(conn, "prompts_of_images", ids=list(wanted)) if wanted else []
    return {row["id"]: row["prompt"] for row in rows}


async def lineage(conn: database.Connection, image: UUID) -> list[Ancestor]:
    """What it was made from, nearest first; an ancestor that is gone has an id alone."""
    return [Ancestor(**row) for row in await Q.all(conn, "lineage", id=image, most=LINEAGE)]


async def in_sight(conn: database.Connection, wanted: Collection[UUID]) -> list[Image]:
    """Those of these images that anybody can see, kept so until this transaction ends."""
    rows = await Q.all(conn, "images_in_sight", ids=[*wanted]) if wanted else []
    return [_from_row(row) for row in rows]


async def of_job_in_sight(conn: database.Connection, job: UUID) -> list[Image]:
    """The images of a job that anybody can see, kept so until this transaction ends."""
    return [_from_row(row) for row in await Q.all(conn, "images_of_job_in_sight", job=job)]


async def of_job(conn: database.Connection, job: UUID) -> list[Image]:
    """The finished images of a job that still stand and are not held, in their order."""
    return [_from_row(row) for row in await Q.all(conn, "images_of_job", job=job)]


async def held_of(conn: database.Connection, member: int, *, limit: int = 10) -> list[Held]:
    """The places of the member's images that wait for a person to look, newest first."""
    return [Held(**row) for row in await Q.all(conn, "held_of_member", member=member, limit=limit)]


async def held_of_job(conn: database.Connection, job: UUID) -> list[int]:
    """The places of a job whose images wait for a person to look, in their order."""
    return [row["place"] for row in await Q.all(conn, "held_of_job", job=job)]


async def page(
    conn: database.Connection, member: int, *, before: UUID | None = None, limit: int = 50
) -> list[Image]:
    """A page of the member's images, newest first, from the one after the image `before` on."""
    rows = await Q.all(conn, "page_of_images", member=member, before=before, limit=limit)
    return [_from_row(row) for row in rows]


async def newer(conn: database.Connection, member: int, image: UUID) -> UUID | None:
    """The member's image that came right after this one."""
    row = await Q.one(conn, "newer_image", id=image, member=member)
    newer_id: UUID | None = row["id"] if row else None
    return newer_id


async def remove(conn: database.Connection, image: UUID, member: int) -> Image:
    """Delete the row; gives what it was. Raises `errors.NotFound`."""
    row = await Q.one(conn, "remove_image", id=image, member=member)
    if row is None:
        raise errors.NotFound(thing="image")
    return _from_row(row)


async def set_aside(conn: database.Connection, image: UUID, member: int) -> None:
    """Let the image be gone for everybody, and kept. Raises `errors.NotFound`."""
    if not await Q.run(conn, "set_aside_image", id=image, member=member):
        raise errors.NotFound(thing="image")


async def all_set_aside(conn: database.Connection) -> list[UUID]:
    """The images that their makers deleted and that are kept until somebody has decided."""
    return [row["id"] for row in await Q.all(conn, "images_set_aside", most=MOST_SET_ASIDE)]


async def loosen(conn: database.Connection, image: UUID, mark: str, job: UUID) -> None:
    """Call the image's files of this mark loose, from now."""
    await Q.run(conn, "loosen", image=image, mark=mark, job=job)


async def fasten(conn: database.Connection, image: UUID, mark: str) -> bool:
    """Strike the image's files of this mark off the list; False where they were not on it."""
    return await Q.run(conn, "fasten", image=image, mark=mark) > 0


async def put_off(conn: database.Connection, image: UUID, mark: str) -> None:
    """Let the image's loose files of this mark wait as if they were loose only from now."""
    await Q.run(conn, "put_off", image=image, mark=mark)


async def forsaken(conn: database.Connection, *, grace: float, but: Collection[UUID] = ()) -> Forsaken | None:
    """One set of files, loose for `grace` seconds, whose job no worker holds; locked until the commit.

    Those of the images in `but` are passed over.
    """
    row = await Q.one(conn, "forsaken", grace=grace, but=[*but])
    return Forsaken(row["image"], row["mark"], row["kept"]) if row else None


def _from_row(row: sql.Row) -> Image:
    known = {field.name: row[field.name] for field in fields(Image)}
    return Image(**known | {"recipe": recipe.stored(row["recipe"]), "sha256": row["sha256"].hex()})
