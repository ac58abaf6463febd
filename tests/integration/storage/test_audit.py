import psycopg
import pytest

from ruche.storage import audit


def act(number):
    return audit.Act("case:decide", None, f"case:{number}", "routine", 0, {"number": number}, {"was": "open"})


async def test_each_row_links_to_the_one_before(hive):
    async with hive.database.writing() as conn:
        await audit.append(conn, act(1), act(2))
        await audit.append(conn, act(3))
    async with hive.database.reading() as conn:
        rows = await (await conn.execute("select * from audit order by seq")).fetchall()
    last = audit.START
    for seq, at, tag, actor, subject, reason, policy, facts, kept in rows:
        last = audit.link(last, audit.line(seq, at, audit.Act(tag, actor, subject, reason, policy), facts))
        assert bytes(kept) == last
    assert [row[4] for row in rows] == ["case:1", "case:2", "case:3"]


@pytest.mark.parametrize(
    "change",
    [
        "update audit set reason = 'x'",
        "delete from audit",
        "truncate audit",
        "delete from audit_head",
        "truncate audit_head",
        "update audit_head set seq = 1, hash = (select hash from audit where seq = 1)",
        "update audit_head set seq = seq + 1",
        "update audit_head set hash = decode(repeat('00', 32), 'hex')",
    ],
)
async def test_a_row_and_the_head_are_kept(hive, change):
    async with hive.database.writing() as conn:
        await audit.append(conn, act(1), act(2))
    with pytest.raises((psycopg.errors.RaiseException, psycopg.errors.CheckViolation)):
        async with hive.database.writing() as conn:
            await conn.execute(change)


async def test_what_rolls_back_leaves_no_gap(hive):
    async def fails():
        async with hive.database.writing() as conn:
            await audit.append(conn, act(1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    async with hive.database.writing() as conn:
        await audit.append(conn, act(2))
    async with hive.database.reading() as conn:
        rows = await (await conn.execute("select seq, subject from audit")).fetchall()
    assert rows == [(1, "case:2")]


async def written(hive, number):
    async with hive.database.writing() as conn:
        await audit.append(conn, *map(act, range(number)))


async def looked(hive, **params):
    async with hive.database.reading() as conn:
        return await audit.verify(conn, **params)


async def tamper(hive, *changes):
    """What somebody does who holds the database itself."""
    async with hive.database.writing() as conn:
        await conn.execute("set local session_replication_role = replica")
        for change in changes:
            await conn.execute(change)


async def test_a_chain_that_nobody_touched_is_sound(hive, monkeypatch):
    monkeypatch.setattr(audit, "PAGE", 7)
    assert (await looked(hive)).sound
    await written(hive, 20)
    odd = audit.Act(
        "case:decide", -5, "case:ü \u2028", "\\N", 2**31 - 1, {"tab": "a\tb\\n", "ü": "\U0001f41d"}
    )
    async with hive.database.writing() as conn:
        await audit.append(conn, odd)
    found = await looked(hive)
    assert (found.sound, found.rows, found.head.seq) == (True, 21, 21)


@pytest.mark.parametrize(
    ("changes", "bad"),
    [
        (["update audit set reason = 'other' where seq = 5"], 5),
        (["update audit set actor = 1 where seq = 1"], 1),
        (["update audit set at = at + interval '1 microsecond' where seq = 5"], 5),
        (["update audit set facts = facts || ' ' where seq = 20"], 20),
        (["update audit set hash = decode(repeat('00', 32), 'hex') where seq = 9"], 9),
        (["delete from audit where seq = 5"], 5),
        (["delete from audit where seq <= 3"], 1),
        (["delete from audit where seq > 17"], 18),
        (["delete from audit"], 1),
        (["delete from audit where seq = 5", "update audit set seq = seq - 1 where seq > 5"], 5),
        (
            [
                "update audit set seq = 99 where seq = 4",
                "update audit set seq = 4 where seq = 5",
                "update audit set seq = 5 where seq = 99",
            ],
            4,
        ),
        (["delete from audit_head"], 21),
        (["update audit_head set seq = 19"], 20),
        (["update audit_head set hash = decode(repeat('00', 32), 'hex')"], 21),
        (["delete from audit where seq = 20", "update audit_head set seq = 19"], 20),
    ],
)
async def test_whatever_is_changed_is_found_at_its_first_row(hive, changes, bad):
    await written(hive, 20)
    await tamper(hive, *changes)
    found = await looked(hive)
    assert (found.sound, found.bad, found.rows) == (False, bad, bad - 1)
    assert found.what


async def test_a_chain_made_anew_betrays_itself_by_a_head_that_was_noted(hive):
    await written(hive, 5)
    noted = (await looked(hive)).head
    await tamper(
        hive, "delete from audit", "update audit_head set seq = 0, hash = decode(repeat('00', 32), 'hex')"
    )
    assert not (await looked(hive, noted=noted)).sound
    await written(hive, 7)
    assert (await looked(hive)).sound
    found = await looked(hive, noted=noted)
    assert (found.sound, found.bad) == (False, 5)
