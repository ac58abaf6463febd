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


@pytest.mark.parametrize("change", ["update audit set reason = 'x'", "delete from audit"])
async def test_a_row_is_kept(hive, change):
    async with hive.database.writing() as conn:
        await audit.append(conn, act(1))
    with pytest.raises(psycopg.errors.RaiseException):
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
