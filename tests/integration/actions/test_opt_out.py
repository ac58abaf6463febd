import asyncio
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from ruche import errors
from ruche.actions import opt_out, report, review, sample
from ruche.imaging import fingerprints
from ruche.moderation import artists
from ruche.moderation.reports import callers

WORK = bytes(range(32))


def wish(artist="Anna Zebracorn", aliases="zebra", contact="anna@example.org"):
    return artists.wish(artist=artist, aliases=aliases, contact=contact, evidence="https://example.org")


def ask(hive, asked, works=(), *, address="192.0.2.1"):
    return opt_out.ask(hive, asked, works, address=address)


@pytest.fixture
def moderator(operator):
    return operator


async def rows(hive, statement):
    async with hive.database.reading() as conn:
        return await (await conn.execute(statement)).fetchall()


async def names(hive):
    found = await rows(hive, "select name from names where kind = 'artist' and gone_at is null order by name")
    return [name for (name,) in found]


async def case_of(hive, receipt):
    found = await opt_out.standing(hive, receipt)
    async with hive.database.reading() as conn:
        rows = await conn.execute("select id from cases where about = %s", (found.id,))
        return (await rows.fetchone())[0]


async def decided(hive, moderator, receipt, *, verified):
    """Decide at the desk, as every moderator does; gives the decision."""
    held = await review.take(hive, moderator, await case_of(hive, receipt))
    verdict = review.Verdict(*(("verify", "proven") if verified else ("deny", "unproven")))
    [made] = await review.decide(hive, moderator, held.id, verdict, version=held.version)
    return made


async def test_a_request_waits_for_a_moderator_and_changes_nothing_until_then(hive):
    receipt = await ask(hive, wish(), [WORK])
    found = await opt_out.standing(hive, receipt)
    assert (found.state, found.names, found.works) == ("asked", ("Anna Zebracorn", "zebra"), 1)
    assert await names(hive) == []
    async with hive.database.reading() as conn:
        assert await artists.works(conn) == []
    ((kind, about),) = await rows(hive, "select kind, about from cases")
    assert (kind, about) == ("optout", found.id)


async def test_a_verified_one_brings_its_names_and_works(hive, moderator):
    receipt = await ask(hive, wish(), [WORK])
    await decided(hive, moderator, receipt, verified=True)
    assert (await opt_out.standing(hive, receipt)).state == "verified"
    assert await names(hive) == ["Anna Zebracorn", "zebra"]
    async with hive.database.reading() as conn:
        assert await artists.works(conn) == [WORK]
        assert await artists.respected(conn) == 1


async def test_a_refused_one_brings_nothing(hive, moderator):
    receipt = await ask(hive, wish(), [WORK])
    await decided(hive, moderator, receipt, verified=False)
    assert (await opt_out.standing(hive, receipt)).state == "refused"
    assert await names(hive) == []


async def test_nobody_decides_twice(hive, moderator):
    receipt = await ask(hive, wish())
    await decided(hive, moderator, receipt, verified=False)
    with pytest.raises(errors.Conflict):
        await decided(hive, moderator, receipt, verified=True)
    assert await names(hive) == []


async def test_a_member_decides_nothing(hive, member):
    receipt = await ask(hive, wish())
    with pytest.raises(errors.NotAllowed):
        await decided(hive, member, receipt, verified=True)
    verdict = review.Verdict("verify", "proven")
    with pytest.raises(errors.NotAllowed):
        await review.decide(hive, member, await case_of(hive, receipt), verdict, version=0)
    assert (await opt_out.standing(hive, receipt)).state == "asked"


async def test_undoing_takes_the_names_back_except_those_of_another(hive, moderator):
    first = await ask(hive, wish())
    other = await ask(hive, wish(artist="Quixotle", aliases="Zebra", contact="z@example.org"))
    made = await decided(hive, moderator, first, verified=True)
    await decided(hive, moderator, other, verified=True)
    await review.undo(hive, moderator, made.id, code="mistaken")
    assert await names(hive) == ["Quixotle", "zebra"]
    assert (await opt_out.standing(hive, first)).state == "asked"
    # The request waits for a person again, and can be decided anew.
    await decided(hive, moderator, first, verified=False)
    assert (await opt_out.standing(hive, first)).state == "refused"


async def test_the_audit_tells_each_act_and_no_contact(hive, moderator):
    receipt = await ask(hive, wish())
    await decided(hive, moderator, receipt, verified=True)
    told = await rows(hive, "select tag, actor, facts from audit order by seq")
    assert [(tag, actor) for tag, actor, _ in told] == [
        ("optout:ask", None),
        ("decision:make", moderator.id),
        ("optout:verify", moderator.id),
    ]
    assert "example.org" not in str(told)


def picture(kind="PNG", size=(160, 120), *, plain=False):
    noise = np.random.default_rng(7).integers(0, 255, (12, 16, 3), np.uint8)
    pixels = Image.new("RGB", size, "grey") if plain else Image.fromarray(noise).resize(size, Image.BICUBIC)
    kept = io.BytesIO()
    pixels.save(kept, kind)
    return kept.getvalue()


def test_pictures_become_fingerprints_each_once():
    (first,) = opt_out.recognisable([picture(), picture()])
    (again,) = opt_out.recognisable([picture("JPEG")])
    assert fingerprints.distance(first, again) <= fingerprints.NEAR


@pytest.mark.parametrize(("data", "code"), [
    (b"no picture at all, but long enough", "bad_image"),
    (picture()[:200], "bad_image"),
    (picture(plain=True), "work_too_plain"),
])  # fmt: skip
def test_a_picture_that_has_no_fingerprint_is_named(data, code):
    with pytest.raises(errors.BadInput) as refused:
        opt_out.recognisable([picture(), data])
    assert (refused.value.code, refused.value.field) == (code, "works")
    assert "Picture 2" in refused.value.sentence


def test_a_bomb_is_refused_before_it_is_unpacked():
    head = b"\x89PNG\r\n\x1a\n"
    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = head + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", size), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    )
    with pytest.raises(errors.BadInput, match="more than 25000000 pixels"):
        opt_out.recognisable([bomb])


async def test_the_same_request_is_taken_once(hive):
    await ask(hive, wish())
    with pytest.raises(errors.Conflict):
        await ask(hive, wish(artist="anna zebracorn"))


async def test_a_contact_that_others_use_shuts_nobody_out(hive):
    others = [ask(hive, wish(artist=f"Quixotle {letter}"), address="198.51.100.1") for letter in "abcdef"]
    answers = await asyncio.gather(*others, return_exceptions=True)
    assert sum(isinstance(answer, str) for answer in answers) == callers.FORMS_A_DAY
    assert sum(isinstance(answer, errors.TooMany) for answer in answers) == 1
    await ask(hive, wish(), address="198.51.100.2")
    mine = await opt_out.standing(hive, await ask(hive, wish()))
    assert mine.names == ("Anna Zebracorn", "zebra")
    async with hive.database.reading() as conn:
        beside = await artists.beside(conn, mine)
    assert [one.artist for one in beside][-1] == "Anna Zebracorn"
    assert len(beside) == callers.FORMS_A_DAY + 1


async def test_requests_and_notices_of_one_address_count_together_and_the_day_is_forgotten(hive):
    for number in range(callers.FORMS_A_DAY - 1):
        await ask(hive, wish(contact=f"{number}@example.org"), address="2001:db8::1")
    wanted = {"ground": "artist", "contact": "anna@example.org", "words": "That takes from my work."}
    await report.notice(hive, address="2001:db8::2", image=None, **wanted)
    with pytest.raises(errors.TooMany, match="tomorrow"):
        await ask(hive, wish(), address="2001:db8::3")
    async with hive.database.reading() as conn:
        with pytest.raises(errors.TooMany, match="tomorrow"):
            await callers.welcome(conn, "2001:db8::4")
        await callers.welcome(conn, "2001:db8:1::1")
    async with hive.database.writing() as conn:
        await conn.execute("update optouts set at = at - interval '1 day'")
        await conn.execute(
            "insert into caller_days values (current_date - 1, decode(repeat('01', 32), 'hex'))"
        )
        await conn.execute("update callers set day = current_date - 1")
    await sample.forget(hive)
    assert (
        await rows(hive, "select from callers")
        == await rows(hive, "select from optouts where sender is not null")
        == []
    )
    await ask(hive, wish(), address="2001:db8::1")


async def test_the_house_has_a_limit_within_the_hour(hive):
    async with hive.database.writing() as conn:
        for number in range(artists.MOST_WITHIN):
            receipt = number.to_bytes(32, "big")
            asked = wish(contact=f"{number}@example.org")
            await artists.ask(conn, asked, receipt=receipt, sender=receipt)
    with pytest.raises(errors.TooMany):
        await ask(hive, wish(contact="one.more@example.org"))


async def test_a_receipt_opens_one_request_and_is_kept_as_a_hash(hive):
    receipt = await ask(hive, wish())
    with pytest.raises(errors.NotFound):
        await opt_out.standing(hive, receipt[:-1] + ("0" if receipt[-1] != "0" else "1"))
    assert receipt not in str(await rows(hive, "select * from optouts"))
