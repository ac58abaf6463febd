"""A house with moderators, and images that members see."""

import uuid
from dataclasses import dataclass

import pytest

from ruche import hive as houses
from ruche.actions import review
from ruche.membership import members
from ruche.moderation import policy
from ruche.moderation.desk import cases, decisions, duties, sanctions, statements


@dataclass
class Desk:
    """A house, two moderators (Mo, Nils), one who also sees restricted cases (Rut), and two members."""

    hive: houses.Hive
    mo: members.Member
    nils: members.Member
    rut: members.Member
    mia: members.Member
    sten: members.Member
    rules: policy.Policy

    async def picture(self, member, *, shown="members", rating="general"):
        """An image of this member's that stands as it is told."""
        job, image = uuid.uuid4(), uuid.uuid4()
        async with self.hive.database.writing() as conn:
            if rating == "mature":
                # As if the house had made it when it still made such images.
                await conn.execute("set local session_replication_role = replica")
            await conn.execute(
                "insert into jobs (id, member, recipe, state, finished_at)"
                " values (%s, %s, '{}', 'delivered', now())",
                (job, member.id),
            )
            await conn.execute(
                "insert into origins (image, sha256, manifest, model)"
                " values (%s, decode(repeat('ab', 32), 'hex'), 'urn:x', 'petite')",
                (image,),
            )
            await conn.execute(
                "insert into images (id, job, place, member, recipe, width, height, bytes, sha256, seconds,"
                " shown, rating, cap, signed_at, published_at)"
                " values (%s, %s, 0, %s, '{}', 64, 64, 9, decode(repeat('ab', 32), 'hex'), 1, %s, %s, %s,"
                " now(), case when %s = 'members' then timestamptz '2026-11-01' end)",
                (image, job, member.id, shown, rating, rating, shown),
            )
        return image

    async def bring(self, kind="report", **given):
        """Put a question into the line; gives its id."""
        given.setdefault("due_at", cases.due(kind, self.rules))
        async with self.hive.database.writing() as conn:
            return await cases.open_case(conn, cases.New(kind, **given))

    async def bring_picture(self, kind="report", **given):
        """A question about an image of Mia's that all see."""
        return await self.bring(kind, image=await self.picture(self.mia), **given)

    async def decide(self, who, case, act, code, **more):
        """Take a case and decide it."""
        held = await review.take(self.hive, who, case)
        verdict = review.Verdict(act, code, **more)
        return await review.decide(self.hive, who, case, verdict, version=held.version)

    async def automatic(self, act, code, **given):
        """Let the house decide."""
        from ruche.actions import effects

        async with self.hive.database.writing() as conn:
            wish = decisions.New(act, code, self.rules.version, **given)
            return await effects.decide(conn, self.rules, wish)

    async def told(self, member):
        """The member's statements."""
        return await self.read(statements.of_member, member.id)

    async def standing(self, member):
        """What binds the member."""
        return await self.read(sanctions.standing, member.id)

    async def stands(self, image):
        """Who sees an image, its rating, and whether it is published."""
        [row] = await self.rows("select shown, rating, published_at from images where id = %s", image)
        return row[0], row[1], row[2] is not None

    async def read(self, read, *args, **params):
        """Call a read with a connection."""
        async with self.hive.database.reading() as conn:
            return await read(conn, *args, **params)

    async def rows(self, statement, *params):
        """The rows of a statement."""
        async with self.hive.database.reading() as conn:
            return await (await conn.execute(statement, params)).fetchall()

    async def age(self, statement, *params):
        """Let time pass for rows that nobody may change."""
        async with self.hive.database.writing() as conn:
            await conn.execute("set local session_replication_role = replica")
            await conn.execute(statement, params)

    async def run(self, statement, *params):
        """Change something that no deed would."""
        async with self.hive.database.writing() as conn:
            await conn.execute(statement, params)


@pytest.fixture
async def desk(hive, member, stranger):
    async with hive.database.writing() as conn:
        mo, nils, rut = [await members.add(conn, name, "moderator") for name in ("Mo", "Nils", "Rut")]
        await duties.give(conn, rut.id, "restricted", by=None)
    return Desk(hive, mo, nils, rut, member, stranger, policy.shipped())
