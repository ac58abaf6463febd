"""A house with moderators, and images that members see."""

import uuid

import pytest

from ruche.membership import members
from ruche.moderation import policy
from ruche.moderation.desk import cases, duties


@pytest.fixture
def rules():
    return policy.shipped()


@pytest.fixture
async def staff(hive):
    """Two moderators and one who also sees restricted cases."""
    async with hive.database.writing() as conn:
        found = [await members.add(conn, name, "moderator") for name in ("Mo", "Nils", "Rut")]
        await duties.give(conn, found[2].id, "restricted", by=None)
    return found


@pytest.fixture
def picture(hive):
    """Makes an image of this member's that stands as it is told."""

    async def make(member, *, shown="members", rating="general", cap="general"):
        job, image = uuid.uuid4(), uuid.uuid4()
        async with hive.database.writing() as conn:
            if cap == "mature":
                # As if the house had made it when it still made such images.
                await conn.execute("set local session_replication_role = replica")
            await conn.execute(
                "insert into jobs (id, member, recipe, state, finished_at)"
                " values (%s, %s, '{}', 'delivered', now())",
                (job, member.id),
            )
            await conn.execute(
                "insert into images (id, job, place, member, recipe, width, height, bytes, sha256, seconds,"
                " shown, rating, cap, signed_at, published_at)"
                " values (%s, %s, 0, %s, '{}', 64, 64, 9, decode(repeat('ab', 32), 'hex'), 1, %s, %s, %s,"
                " now(), case when %s = 'members' then timestamptz '2026-11-01' end)",
                (image, job, member.id, shown, rating, cap, shown),
            )
        return image

    return make


@pytest.fixture
def brought(hive, rules):
    """Puts a question into the line."""

    async def bring(kind="report", **given):
        async with hive.database.writing() as conn:
            given.setdefault("due_at", cases.due(kind, rules))
            return await cases.open_case(conn, cases.New(kind, **given))

    return bring


@pytest.fixture
def stands(hive):
    """How an image stands: who sees it, its rating, and whether it is published."""

    async def look(image):
        [row] = await rows(hive, "select shown, rating, published_at from images where id = %s", image)
        return row[0], row[1], row[2] is not None

    return look


@pytest.fixture
def ask_database(hive):
    """Rows of a statement."""

    async def ask(statement, *params):
        return await rows(hive, statement, *params)

    return ask


async def rows(hive, statement, *params):
    async with hive.database.reading() as conn:
        return await (await conn.execute(statement, params)).fetchall()
