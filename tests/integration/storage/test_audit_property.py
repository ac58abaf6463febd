"""Whatever somebody who holds the database does to the chain by chance is found; untouched, it is sound."""

import asyncio

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ruche.storage import audit, database

ROWS = 12
COLUMNS = {
    "at": "at + interval '1 second'",
    "tag": "'case:other'",
    "actor": "coalesce(actor, 0) + 1",
    "subject": "subject || 'x'",
    "reason": "'other'",
    "policy": "policy + 1",
    "facts": "facts || ' '",
    "hash": "sha256(hash)",
}
places = st.integers(1, ROWS)
altered = st.tuples(st.just("alter"), places, st.sampled_from(sorted(COLUMNS)))
removed = st.tuples(st.just("remove"), places, st.booleans())
cut = st.tuples(st.just("cut"), places, st.booleans())
swapped = st.tuples(st.just("swap"), places, places)
moved = st.tuples(st.just("move"), places, places)
repeated = st.tuples(st.just("repeat"), places, st.just(None))
tampering = st.lists(st.one_of(altered, removed, cut, swapped, moved, repeated), min_size=1, max_size=4)


def tampered(rows, changes):
    """The rows and the head's number after these changes; equal rows are untouched."""
    rows = list(rows)
    head = len(rows)
    for what, place, more in changes:
        at = place - 1
        if at >= len(rows):
            continue
        if what == "alter":
            rows[at] = {**rows[at], "changed": (*rows[at].get("changed", ()), more)}
        elif what == "remove":
            del rows[at]
            head = len(rows) if more else head
        elif what == "cut":
            del rows[at:]
            head = len(rows) if more else head
        elif what == "swap" and more - 1 < len(rows):
            rows[at], rows[more - 1] = rows[more - 1], rows[at]
        elif what == "move":
            rows.insert(min(more - 1, len(rows) - 1), rows.pop(at))
        elif what == "repeat":
            rows.insert(at, rows[at])
    return rows, head


def write(conn, rows, head):
    """Let the table hold these rows, numbered anew, and the head this number with the last row's hash."""
    conn.execute("delete from audit")
    for number, row in enumerate(rows, 1):
        conn.execute(
            "insert into audit (seq, at, tag, actor, subject, reason, policy, facts, hash)"
            " select %s, at, tag, actor, subject, reason, policy, facts, hash from whole where seq = %s",
            (number, row["seq"]),
        )
        for column in row.get("changed", ()):
            conn.execute(f"update audit set {column} = {COLUMNS[column]} where seq = %s", (number,))
    conn.execute(
        "update audit_head set seq = %s, hash = coalesce((select hash from audit where seq = %s),"
        " (select hash from whole order by seq desc limit 1))",
        (head, head),
    )


@pytest.fixture
def chain(database_url):
    """A database with a chain, a copy of it beside, and no guard: what somebody has who holds the server."""

    async def begin():
        house = database.Database(database_url, size=1)
        await house.open()
        async with house.writing() as conn:
            for number in range(ROWS):
                act = audit.Act("case:decide", number or None, f"case:{number}", "routine", 0, {"n": number})
                await audit.append(conn, act)
        await house.close()

    asyncio.run(begin())
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("alter table audit disable trigger user")
        conn.execute("alter table audit_head disable trigger user")
        conn.execute("create table whole as select * from audit")
        yield conn, database_url


def verified(url):
    async def look():
        conn = await database.connect(url)
        try:
            return await audit.verify(conn)
        finally:
            await conn.close()

    return asyncio.run(look())


def test_any_change_is_found_and_none_is_invented(chain):
    conn, url = chain
    whole = [{"seq": number} for number in range(1, ROWS + 1)]

    @settings(max_examples=60)
    @given(changes=tampering)
    def tried(changes):
        rows, head = tampered(whole, changes)
        write(conn, rows, head)
        found = verified(url)
        untouched = next(
            (i for i, (row, was) in enumerate(zip(rows, whole, strict=False)) if row != was),
            min(len(rows), ROWS),
        )
        if rows == whole and head == ROWS:
            assert found.sound
            assert found.rows == ROWS
        elif head == len(rows) == untouched:
            # A shorter chain that its head agrees with was true once: a head noted elsewhere gives it away.
            assert found.sound
        else:
            assert not found.sound
            assert found.rows == untouched
            assert found.bad == untouched + 1

    tried()


@pytest.mark.parametrize("left", range(ROWS))
def test_a_chain_cut_with_its_head_is_found_by_a_head_that_was_noted(chain, left):
    conn, url = chain
    noted = verified(url).head
    write(conn, [{"seq": number} for number in range(1, left + 1)], left)
    if not left:
        conn.execute("update audit_head set hash = decode(repeat('00', 32), 'hex')")

    async def look():
        reader = await database.connect(url)
        try:
            return await audit.verify(reader), await audit.verify(reader, noted=noted)
        finally:
            await reader.close()

    alone, known = asyncio.run(look())
    assert alone.sound
    assert (known.sound, known.bad) == (False, left + 1)
