import asyncio
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from ruche import errors
from ruche.actions import opt_out, review
from ruche.imaging import fingerprints
from ruche.moderation import artists

WORK = bytes(range(32))


def wish(artist="Anna Zebracorn", aliases="zebra", contact="anna@example.org"):
    return artists.wish(artist=artist, aliases=aliases, contact=contact, evidence="https://example.org")


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
    receipt = await opt_out.ask(hive, wish(), [WORK])
    found = await opt_out.standing(hive, receipt)
    assert (found.state, found.names, found.works) == ("asked", ("Anna Zebracorn", "zebra"), 1)
    assert await names(hive) == []
    async with hive.database.reading() as conn:
        assert await artists.works(conn) == []
    ((kind, about),) = await rows(hive, "select kind, about from cases")
    assert (kind, about) == ("optout", found.id)


async def test_a_verified_one_brings_its_names_and_works(hive, moderator):
    receipt = await opt_out.ask(hive, wish(), [WORK])
    await decided(hive, moderator, receipt, verified=True)
    assert (await opt_out.standing(hive, receipt)).state == "verified"
    assert await names(hive) == ["Anna Zebracorn", "zebra"]
    async with hive.database.reading() as conn:
        assert await artists.works(conn) == [WORK]
        assert await artists.respected(conn) == 1


async def test_a_refused_one_brings_nothing(hive, moderator):
    receipt = await opt_out.ask(hive, wish(), [WORK])
    await decided(hive, moderator, receipt, verified=False)
    assert (await opt_out.standing(hive, receipt)).state == "refused"
    assert await names(hive) == []


async def test_nobody_decides_twice(hive, moderator):
    receipt = await opt_out.ask(hive, wish())
    await decided(hive, moderator, receipt, verified=False)
    with pytest.raises(errors.Conflict):
        await decided(hive, moderator, receipt, verified=True)
    assert await names(hive) == []


async def test_a_member_decides_nothing(hive, member):
    receipt = await opt_out.ask(hive, wish())
    with pytest.raises(errors.NotAllowed):
        await decided(hive, member, receipt, verified=True)
    verdict = review.Verdict("verify", "proven")
    with pytest.raises(errors.NotAllowed):
        await review.decide(hive, member, await case_of(hive, receipt), verdict, version=0)
    assert (await opt_out.standing(hive, receipt)).state == "asked"


async def test_undoing_takes_the_names_back_except_those_of_another(hive, moderator):
    first = await opt_out.ask(hive, wish())
    other = await opt_out.ask(hive, wish(artist="Zebra", aliases="", contact="z@example.org"))
    made = await decided(hive, moderator, first, verified=True)
    await decided(hive, moderator, other, verified=True)
    await review.undo(hive, moderator, made.id, code="mistaken")
    assert await names(hive) == ["zebra"]
    assert (await opt_out.standing(hive, first)).state == "asked"
    # The request waits for a person again, and can be decided anew.
    await decided(hive, moderator, first, verified=False)
    assert (await opt_out.standing(hive, first)).state == "refused"


async def test_the_audit_tells_each_act_and_no_contact(hive, moderator):
    receipt = await opt_out.ask(hive, wish())
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
    await opt_out.ask(hive, wish())
    with pytest.raises(errors.Conflict):
        await opt_out.ask(hive, wish(artist="anna zebracorn"))


async def test_one_contact_has_a_limit_also_all_at_once(hive):
    asked = [opt_out.ask(hive, wish(artist=f"Artist {letter}")) for letter in "abcdef"]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, str) for answer in answers) == artists.WAITING_OF_ONE
    assert sum(isinstance(answer, errors.TooMany) for answer in answers) == 6 - artists.WAITING_OF_ONE


async def test_the_house_has_a_limit_within_the_hour(hive):
    async with hive.database.writing() as conn:
        for number in range(artists.MOST_WITHIN):
            receipt = number.to_bytes(32, "big")
            await artists.ask(conn, wish(contact=f"{number}@example.org"), receipt=receipt)
    with pytest.raises(errors.TooMany):
        await opt_out.ask(hive, wish(contact="one.more@example.org"))


async def test_a_receipt_opens_one_request_and_is_kept_as_a_hash(hive):
    receipt = await opt_out.ask(hive, wish())
    with pytest.raises(errors.NotFound):
        await opt_out.standing(hive, receipt[:-1] + ("0" if receipt[-1] != "0" else "1"))
    assert receipt not in str(await rows(hive, "select * from optouts"))
