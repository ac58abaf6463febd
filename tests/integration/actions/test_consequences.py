"""A match with a known-bad fingerprint, and all that follows."""

import asyncio
import hashlib
import io

import numpy as np
import psycopg
import pytest
from PIL import Image

from ruche import errors
from ruche.actions import ask, deliver, effects, publish, sweep
from ruche.moderation import vault
from ruche.recipe import Recipe
from ruche.scheduling import jobs, progress
from tests import markers
from tests.integration.actions.looked import (
    claimed,
    custodian,
    delivered,
    files_of,
    in_force,
    known,
    one,
    rows,
)

SCENE = markers.scene(1)


async def caught(hive, member, pixels=SCENE, **recipe):
    """A delivery that ends with a match."""
    claim = await claimed(hive, member, **recipe)
    with pytest.raises(errors.ClaimLost):
        await deliver.deliver(hive, claim, 0, pixels, seconds=0.5)
    return claim


async def run(hive, statement):
    async with hive.database.writing() as conn:
        await conn.execute(statement)


def everything_kept(hive):
    folder = hive.settings.data / "files"
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "pixels",
    [
        SCENE,
        np.ascontiguousarray(SCENE[:, ::-1]),
        np.ascontiguousarray(np.rot90(SCENE)),
        np.clip(SCENE.astype(int) + 8, 0, 255).astype(np.uint8),
    ],
    ids=["as it is", "mirrored", "turned", "brighter"],
)
async def test_a_match_is_sealed_and_nothing_else_is_kept(hive, member, pixels):
    key = custodian(hive)
    await known(hive, SCENE)
    claim = await caught(hive, member, pixels)
    assert await one(hive, "select count(*) from images") == 0
    assert await one(hive, "select count(*) from loose_files") == 0
    assert everything_kept(hive) == []
    [(sealed, sha256, names)] = await rows(hive, "select sealed, sha256, custodians from vault")
    data = vault.opened(bytes(sealed), key)
    assert names == ["Cora"]
    assert hashlib.sha256(data).digest() == bytes(sha256)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), pixels)
    assert data[8:200] not in bytes(sealed)
    assert await one(hive, "select state from jobs where id = %s", claim.job) == "cancelled"


async def test_the_case_is_restricted_and_comes_first(hive, member):
    custodian(hive)
    await known(hive, SCENE)
    claim = await caught(hive, member)
    [(kind, image, whose, restricted, risk, facts)] = await rows(
        hive, "select kind, image, member, restricted, risk, facts from cases"
    )
    assert (kind, image, whose) == ("match", jobs.image_id(claim.job, 0), member.id)
    assert (restricted, risk) == (True, 0)
    [hit] = facts["hits"]
    assert (hit["bank"], hit["category"], hit["distance"]) == ("exchange", "child-safety", 0)
    assert facts["job"] == str(claim.job)
    assert facts["evidence"]["id"] == str(await one(hive, "select id from vault"))


async def test_the_rest_of_the_batch_and_all_that_waits_is_called_off(hive, member, stranger):
    custodian(hive)
    await known(hive, SCENE)
    for whose in (member, member, stranger):
        await ask.ask(hive, whose, Recipe(prompt="a blue square"))
    claims = [await claimed(hive, member, count=3)]
    waiting = await one(hive, "select count(*) from queue where member = %s", member.id)
    notices = hive.database.listen(progress.CANCEL)
    assert await anext(notices) is None
    assert waiting == 2
    with pytest.raises(errors.ClaimLost):
        await deliver.deliver(hive, claims[0], 1, SCENE, seconds=0.5)
    with pytest.raises(errors.ClaimLost):
        await deliver.deliver(hive, claims[0], 2, markers.scene(5), seconds=0.5)
    states = await rows(hive, "select state from jobs where member = %s", member.id)
    assert {state for (state,) in states} == {"cancelled"}
    assert await one(hive, "select count(*) from queue where member = %s", member.id) == 0
    assert await one(hive, "select count(*) from claims where member = %s", member.id) == 0
    assert await one(hive, "select waiting from turns where member = %s", member.id) == 0
    assert await one(hive, "select count(*) from queue where member = %s", stranger.id) == 1
    async with asyncio.timeout(5):
        assert (await anext(notices)).payload == str(claims[0].job)
    await notices.aclose()


async def test_the_account_is_frozen_and_told_why(hive, member):
    custodian(hive)
    await known(hive, SCENE)
    await caught(hive, member)
    assert await rows(hive, "select kind, member, until, voided_at from sanctions") == [
        ("freeze", member.id, None, None)
    ]
    assert await rows(hive, "select member, restriction, code, automated from statements") == [
        (member.id, "freeze", "known_match", True)
    ]
    with pytest.raises(errors.Barred, match="frozen"):
        await ask.ask(hive, member, Recipe(prompt="a blue square"))


async def test_what_the_batch_gave_before_is_held_back_until_a_person_decides(hive, member):
    custodian(hive)
    await known(hive, SCENE)
    claim = await claimed(hive, member, count=3)
    for place in (1, 2):
        await deliver.deliver(hive, claim, place, markers.scene(4 + place), seconds=0.5)
    mine, public = (jobs.image_id(claim.job, place) for place in (1, 2))
    await publish.publish(hive, member, public)
    assert dict(await rows(hive, "select id, shown from images")) == {mine: "maker", public: "members"}
    with pytest.raises(errors.ClaimLost):
        await deliver.deliver(hive, claim, 0, SCENE, seconds=0.5)
    assert dict(await rows(hive, "select id, shown from images")) == {mine: "held", public: "held"}
    # Each has a case of its own, for those alone who see what was found beside it.
    held = await rows(
        hive, "select image, restricted, facts ->> 'beside' from cases where kind = 'held' order by image"
    )
    match = str(await one(hive, "select id from cases where kind = 'match'"))
    assert held == [(image, True, match) for image in sorted((mine, public))]
    told = await rows(hive, "select restriction, code from statements where member = %s", member.id)
    assert sorted(told) == [("freeze", "known_match"), ("hold", "precaution"), ("hold", "precaution")]


async def test_another_batch_of_the_member_stays_as_it_is(hive, member):
    custodian(hive)
    other = await delivered(hive, member, markers.scene(5))
    await known(hive, SCENE)
    await caught(hive, member)
    assert await rows(hive, "select id, shown from images") == [(other, "maker")]


async def test_who_asks_while_the_freeze_is_written_gets_nothing(hive, member, monkeypatch):
    """The asking has seen a free account and waits for the turn, which the freeze holds."""
    custodian(hive)
    await known(hive, SCENE)
    claim = await claimed(hive, member)
    written, go_on, tell = asyncio.Event(), asyncio.Event(), effects.decide

    async def slowly(*given, **more):
        made = await tell(*given, **more)
        written.set()
        await go_on.wait()
        return made

    monkeypatch.setattr(effects, "decide", slowly)
    freezing = asyncio.create_task(deliver.deliver(hive, claim, 0, SCENE, seconds=0.5))
    await written.wait()
    asking = asyncio.create_task(ask.ask(hive, member, Recipe(prompt="a blue square")))
    waits = "select count(*) from pg_locks where not granted"
    async with asyncio.timeout(5):
        while not await one(hive, waits):  # noqa: ASYNC110 - another connection's wait
            await asyncio.sleep(0.01)
    go_on.set()
    with pytest.raises(errors.ClaimLost):
        await freezing
    with pytest.raises(errors.Barred, match="frozen"):
        await asking
    assert await one(hive, "select count(*) from queue") == 0
    assert await rows(hive, "select state from jobs") == [("cancelled",)]


async def test_without_a_custodian_the_bytes_are_not_kept_and_the_case_says_so(hive, member):
    await known(hive, SCENE)
    await caught(hive, member)
    assert await one(hive, "select count(*) from vault") == 0
    assert everything_kept(hive) == []
    facts = await one(hive, "select facts from cases where kind = 'match'")
    assert facts["evidence"]["kept"] is False
    assert await one(hive, "select count(*) from audit where tag = 'image:destroy'") == 1


async def test_a_broken_key_file_is_no_custodian(hive, member):
    key = custodian(hive)
    (hive.settings.custodians / "Bad.pub").write_text("no key")
    (hive.settings.custodians / "Zero.pub").write_text(f"{vault.PUBLIC} {'00' * 32}\n")
    await known(hive, SCENE)
    await caught(hive, member)
    assert await one(hive, "select custodians from vault") == ["Cora"]
    assert vault.opened(bytes(await one(hive, "select sealed from vault")), key)


async def test_exact_pixels_match_where_there_is_no_fingerprint(hive, member):
    custodian(hive)
    flat = np.full((128, 128, 3), (90, 90, 90), np.uint8)
    await known(hive, flat, kind="sha256")
    await caught(hive, member, flat)
    assert await one(hive, "select count(*) from vault") == 1


async def test_a_far_fingerprint_is_no_match(hive, member):
    custodian(hive)
    await known(hive, SCENE, flip=32)
    claim = await claimed(hive, member)
    assert await deliver.deliver(hive, claim, 0, SCENE, seconds=0.5)
    await known(hive, SCENE, flip=31)
    await caught(hive, member)


async def test_a_match_happens_once_however_often_it_is_delivered(hive, member):
    custodian(hive)
    await known(hive, SCENE)
    claim = await caught(hive, member)
    for _ in range(2):
        with pytest.raises(errors.ClaimLost):
            await deliver.deliver(hive, claim, 0, SCENE, seconds=0.5)
    assert await one(hive, "select count(*) from vault") == 1
    assert await one(hive, "select count(*) from cases where kind = 'match'") == 1


async def test_what_goes_wrong_halfway_leaves_nothing_behind(hive, member, monkeypatch):
    custodian(hive)
    await known(hive, SCENE)
    claim = await claimed(hive, member)

    async def broken(*_, **__):
        raise psycopg.OperationalError("gone")

    with monkeypatch.context() as patched:
        patched.setattr("ruche.storage.audit.append", broken)
        with pytest.raises(psycopg.OperationalError):
            await deliver.deliver(hive, claim, 0, SCENE, seconds=0.5)
    assert await one(hive, "select (select count(*) from vault) + (select count(*) from cases)") == 0
    assert await one(hive, "select count(*) from claims") == 1
    with pytest.raises(errors.ClaimLost):
        await deliver.deliver(hive, claim, 0, SCENE, seconds=0.5)
    assert await one(hive, "select count(*) from vault") == 1


async def test_no_sweep_and_no_statement_reaches_what_is_sealed(hive, member):
    custodian(hive)
    await known(hive, SCENE)
    await caught(hive, member)
    await sweep.sweep(hive, grace=0)
    for statement in (
        "delete from vault",
        "update vault set hold_until = now()",
        "update vault set sealed = ''",
        "truncate vault",
        # Not even with everything that led to it.
        "delete from cases; delete from vault",
    ):
        with pytest.raises(psycopg.errors.Error):
            await run(hive, statement)
    assert await one(hive, "select count(*) from vault") == 1
    assert await one(hive, "select hold_until > now() + interval '364 days' from vault")


@pytest.mark.parametrize(
    ("sealed", "until", "stops"),
    [
        ("now()", "now() + interval '364 days'", "vault_holds_a_year"),
        ("now() - interval '2 years'", "now() - interval '1 day'", "vault_begins_now"),
        ("now() + interval '1 second'", "now() + interval '9 years'", "vault_begins_now"),
    ],
)
async def test_nothing_is_sealed_whose_year_is_over_sooner(hive, sealed, until, stops):
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        await run(
            hive,
            'insert into vault (id, "case", sealed, sha256, custodians, reason, sealed_at, hold_until)'
            " select one, one, '\\x00', sha256('x'), '{C}', 'x', "
            f"{sealed}, {until} from gen_random_uuid() as one",
        )
    assert refused.value.diag.constraint_name == stops


async def test_the_audit_tells_what_was_done_and_names_no_moderator(hive, member):
    custodian(hive)
    await known(hive, SCENE)
    claim = await caught(hive, member)
    acts = await rows(hive, "select tag, actor, subject, reason from audit order by seq")
    image = jobs.image_id(claim.job, 0)
    assert ("image:seal", None, f"image:{image}", "known_match") in acts
    assert await one(hive, "select count(*) from events where tag = 'job:cancel'") == 1
    assert await files_of(hive, image) == []


async def test_a_policy_may_have_evidence_held_longer_and_never_shorter(hive, member):
    custodian(hive)
    await known(hive, SCENE)
    await in_force(hive, "[retention]\nvault_days = 3650\n")
    await caught(hive, member)
    assert await one(hive, "select hold_until > now() + interval '3649 days' from vault")
