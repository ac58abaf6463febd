"""The connection is cut at every single statement of a deed: all of it stands, or nothing, and it can go on.

What a killed process leaves is what its transaction had committed, so a cut stands for a kill at that point.
"""

import contextlib

import pytest

from ruche import errors
from ruche.actions import deliver, effects, publish, report
from ruche.moderation import policy
from ruche.moderation.desk import decisions
from ruche.storage import database, sql
from tests import markers
from tests.integration.actions.looked import claimed, custodian, delivered, files_of, known, one

SCENE = markers.scene(1)
MOST = 200


class Cut:
    """Lets so many statements through and then closes the connection under the next one."""

    def __init__(self, monkeypatch):
        self.left = MOST * MOST
        for verb in ("run", "one", "all"):
            monkeypatch.setattr(sql.Queries, verb, self._over(getattr(sql.Queries, verb)))

    def _over(self, real):
        async def asked(queries, conn, name, **params):
            # The pool makes new connections beside the deed, which are none of its statements.
            self.left -= name != "set_up_connection"
            if self.left == 0 and name != "set_up_connection":
                await conn.close()
            return await real(queries, conn, name, **params)

        return asked

    async def everywhere(self, deed, look, *, given=()):
        """Cut at each statement in turn, until nothing is left to cut; gives how many cuts left nothing.

        Notices go out after a deed stands. Who was cut there does it again, and that changes nothing.
        """
        before = await look()
        for place in range(1, MOST):
            self.left = place
            try:
                await deed()
            except given:
                break
            except database.Lost:
                self.left = MOST * MOST
                if (after := await look()) == before:
                    continue
                with contextlib.suppress(*given):
                    await deed()
                assert await look() == after, f"a part stands after a cut at statement {place}"
            break
        self.left = MOST * MOST
        return place - 1


@pytest.fixture
def cut(monkeypatch):
    return Cut(monkeypatch)


def counts(hive, *tables):
    async def look():
        return [await one(hive, f"select count(*) from {table}") for table in tables]

    return look


async def test_a_match_is_sealed_frozen_told_and_brought_before_a_person_or_none_of_it(hive, member, cut):
    key = custodian(hive)
    assert key
    await known(hive, SCENE)
    claim = await claimed(hive, member)
    look = counts(hive, "vault", "cases", "decisions", "sanctions", "statements", "audit", "images")

    async def deed():
        await deliver.deliver(hive, claim, 0, SCENE, seconds=0.5)

    assert await cut.everywhere(deed, look, given=(errors.ClaimLost,)) > 15
    assert (await look())[:5] == [1] * 5
    with pytest.raises(errors.ClaimLost):
        await deed()
    assert (await look())[:5] == [1] * 5


async def test_a_report_with_its_receipt_and_its_case_stands_or_none_of_it(hive, member, stranger, cut):
    image = await delivered(hive, member, SCENE)
    await publish.publish(hive, member, image)
    look = counts(hive, "reports", "cases", "audit")
    given = []

    async def deed():
        given.append(await report.report(hive, stranger, image, ground="other", words="look at this"))

    assert await cut.everywhere(deed, look) > 3
    assert (await look())[:2] == [1, 1]
    assert (await report.outcome(hive, given[0].token)).case


async def test_a_removal_with_its_statement_and_its_fingerprint_stands_or_none_of_it(hive, member, cut):
    image = await delivered(hive, member, SCENE)
    look = counts(hive, "decisions", "statements", "fingerprints", "audit")

    async def deed():
        async with hive.database.writing() as conn:
            rules = await policy.in_force(conn)
            await effects.decide(conn, rules, decisions.New("remove", "hate", rules.version, image=image))

    assert await cut.everywhere(deed, look) > 8
    assert (await look())[:3] == [1, 1, 2]
    assert await one(hive, "select shown from images") == "held"


async def test_a_delivery_has_its_files_its_origin_and_its_row_or_leaves_only_loose_files(hive, member, cut):
    claim = await claimed(hive, member)
    look = counts(hive, "images", "origins", "audit")

    async def deed():
        await deliver.deliver(hive, claim, 0, SCENE, seconds=0.5)

    # Delivered twice, its claim is settled.
    assert await cut.everywhere(deed, look, given=(errors.ClaimLost,)) > 8
    assert (await look())[:2] == [1, 1]
    kept = await files_of(hive, await one(hive, "select id from images"))
    loose = await one(hive, "select count(*) from loose_files")
    assert len(kept) == 2 * (1 + loose)
