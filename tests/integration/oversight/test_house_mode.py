import uuid
from datetime import UTC, datetime, timedelta

import pytest

from ruche import errors, recipe
from ruche.actions import ask, assure, house_mode
from ruche.moderation import house_mode as modes
from ruche.scheduling import jobs, queue
from tests.integration.moderation import mature_house


@pytest.fixture
async def other(hive):
    return await mature_house.joined(hive, "Otto", "operator")


@pytest.fixture
async def complete(hive, operator, other, tmp_path):
    """A house that lacks nothing for mature images, with the switch off."""
    mature_house.provider().well = True
    async with hive.database.writing() as conn:
        await mature_house.in_force(conn, mature_house.policy_text(tmp_path), operator, other)
    await mature_house.vetted(hive, operator)
    async with hive.database.writing() as conn:
        await conn.execute("set local session_replication_role = replica")
        await conn.execute("delete from audit")
        await conn.execute("update audit_head set seq = 0, hash = decode(repeat('00', 32), 'hex')")
    return operator, other


async def mode(hive):
    async with hive.database.reading() as conn:
        return await modes.read(conn)


async def tags(hive):
    async with hive.database.reading() as conn:
        rows = await conn.execute("select tag, actor, subject from audit order by seq")
        return await rows.fetchall()


async def assured(hive, operator, member):
    return await assure.record(
        hive,
        operator,
        member.name,
        method="photo_id",
        reference=str(uuid.uuid4()),
        verified_at=datetime.now(UTC),
    )


async def test_two_operators_let_images_from_outside_in(hive, operator, other):
    assert not (await house_mode.switch_on(hive, operator, "outside")).on
    assert (await mode(hive)).wanted == "outside"
    with pytest.raises(errors.Conflict, match="another operator must agree"):
        await house_mode.switch_on(hive, operator, "outside")
    assert (await house_mode.switch_on(hive, other, "outside")).on
    found = await mode(hive)
    assert (found.outside, found.mature, found.wanted) == (True, False, None)
    with pytest.raises(errors.Conflict, match="on already"):
        await house_mode.switch_on(hive, operator, "outside")
    assert await tags(hive) == [
        ("house:switch:want", operator.id, "house:outside"),
        ("house:switch:on", other.id, "house:outside"),
    ]


async def test_mature_needs_everything_both_times(hive, operator, other, complete):
    marker = mature_house.provider()
    marker.well = False
    with pytest.raises(errors.BadInput) as lacking:
        await house_mode.switch_on(hive, operator, "mature")
    assert [fault.code for fault in lacking.value.faults] == ["age_provider"]
    marker.well = True
    assert not (await house_mode.switch_on(hive, operator, "mature")).on
    marker.well = False
    with pytest.raises(errors.BadInput):
        await house_mode.switch_on(hive, other, "mature")
    marker.well = True
    assert (await house_mode.switch_on(hive, other, "mature")).on
    assert (await mode(hive)).mature


async def test_the_row_is_free_while_a_strangers_plug_in_is_asked(hive, operator, complete, monkeypatch):
    free = []

    async def healthy(_self):
        async with hive.database.writing() as conn:
            await conn.execute("select from house_mode for update nowait")
            free.append(True)
        return True

    monkeypatch.setattr(mature_house.provider(), "healthy", healthy)
    assert not (await house_mode.switch_on(hive, operator, "mature")).on
    assert free == [True]


async def test_what_was_found_counts_only_for_the_policy_it_was_found_under(
    hive, complete, tmp_path, monkeypatch
):
    operator, other = complete

    async def healthy(_self):
        async with hive.database.writing() as conn:
            text = mature_house.policy_text(tmp_path, legal_contact='"others@bees.example"')
            await mature_house.in_force(conn, text, operator, other)
        return True

    monkeypatch.setattr(mature_house.provider(), "healthy", healthy)
    with pytest.raises(errors.Conflict, match="policy changed") as refused:
        await house_mode.switch_on(hive, operator, "mature")
    assert refused.value.facts.get("field", "policy") == "policy"
    assert (await mode(hive)).wanted is None


async def test_the_row_is_looked_at_again_when_all_is_found(hive, complete, monkeypatch):
    operator, other = complete

    async def healthy(_self):
        async with hive.database.writing() as conn:
            await mature_house.mode(conn, "outside", operator, other)
        return True

    monkeypatch.setattr(mature_house.provider(), "healthy", healthy)
    with pytest.raises(errors.Conflict, match="never both"):
        await house_mode.switch_on(hive, operator, "mature")


async def test_a_house_that_lacks_things_is_told_all_of_them(hive, operator):
    with pytest.raises(errors.BadInput) as lacking:
        await house_mode.switch_on(hive, operator, "mature")
    assert [fault.code for fault in lacking.value.faults] == [
        "mature_not_allowed", "age_provider", "reviewers", "legal_contact", "classifier", "hash_source",
        "vetted_model",
    ]  # fmt: skip
    assert await tags(hive) == []


async def test_never_both(hive, operator, other, complete):
    for who in (operator, other):
        await house_mode.switch_on(hive, who, "mature")
    with pytest.raises(errors.Conflict, match="never both"):
        await house_mode.switch_on(hive, operator, "outside")
    assert await house_mode.switch_off(hive, operator, "mature") == 0
    for who in (operator, other):
        await house_mode.switch_on(hive, who, "outside")
    with pytest.raises(errors.Conflict, match="never both"):
        await house_mode.switch_on(hive, operator, "mature")


async def test_a_wish_for_one_thing_is_no_wish_for_the_other(hive, operator, other, complete):
    await house_mode.switch_on(hive, operator, "outside")
    assert not (await house_mode.switch_on(hive, other, "mature")).on
    assert (await mode(hive)).wanted == "mature"


async def test_a_wish_lapses_after_a_week(hive, operator, other):
    await house_mode.switch_on(hive, operator, "outside")
    async with hive.database.writing() as conn:
        await conn.execute("update house_mode set wanted_at = now() - interval '8 days'")
    assert (await mode(hive)).wanted is None
    assert not (await house_mode.switch_on(hive, other, "outside")).on
    assert (await house_mode.switch_on(hive, operator, "outside")).on


async def test_a_house_whose_row_is_gone_is_neither(hive):
    async with hive.database.writing() as conn:
        await conn.execute("set local session_replication_role = replica")
        await conn.execute("delete from house_mode")
        assert await modes.read(conn) == await modes.hold(conn) == modes.Mode()


def test_a_switch_has_one_of_two_names():
    assert [modes.what_of(what) for what in ("outside", "mature")] == ["outside", "mature"]
    for what in ("", "Mature", "both"):
        with pytest.raises(errors.BadInput) as refused:
            modes.what_of(what)
        assert refused.value.code == "unknown_switch"


@pytest.mark.parametrize("role", ["member", "moderator"])
async def test_only_operators_switch(hive, role):
    who = await mature_house.joined(hive, "Who", role)
    for what in modes.WHATS:
        with pytest.raises(errors.NotAllowed):
            await house_mode.switch_on(hive, who, what)
        with pytest.raises(errors.NotAllowed):
            await house_mode.switch_off(hive, who, what)


async def test_off_takes_one_and_cancels_every_mature_job_at_once(hive, member, complete):
    operator, other = complete
    for who in (operator, other):
        await house_mode.switch_on(hive, who, "mature")
    await assured(hive, operator, member)
    wish = recipe.Recipe(prompt="a red circle")
    mature = await ask.ask(hive, member, wish, rating="mature")
    general = await ask.ask(hive, member, wish)
    assert await house_mode.switch_off(hive, other, "mature") == 1
    async with hive.database.reading() as conn:
        assert (await jobs.read(conn, mature.id, member.id)).state is jobs.State.CANCELLED
        assert (await jobs.read(conn, general.id, member.id)).state is jobs.State.QUEUED
    assert await house_mode.switch_off(hive, other, "mature") == 0
    assert [tag for tag, _, _ in await tags(hive)].count("house:switch:off") == 1
    with pytest.raises(errors.BadInput) as refused:
        await ask.ask(hive, member, wish, rating="mature")
    assert refused.value.code == "mature_is_off"


async def test_a_verified_age_is_written_down_with_its_source_and_taken_back(
    hive, operator, member, complete
):
    found = await assured(hive, operator, member)
    assert (found.provider, found.method) == ("marker", "photo_id")
    assert timedelta(days=729) < found.until - datetime.now(UTC) < timedelta(days=731)
    assert await assure.withdraw(hive, operator, member.name)
    assert not await assure.withdraw(hive, operator, member.name)
    subject = f"member:{member.id}"
    assert await tags(hive) == [
        ("member:age:record", operator.id, subject),
        ("member:age:withdraw", operator.id, subject),
    ]


async def test_ones_own_word_is_not_enough(hive, operator, member, complete):
    now = datetime.now(UTC)
    with pytest.raises(errors.BadInput) as refused:
        await assured(hive, operator, operator)
    assert refused.value.code == "own_word"
    with pytest.raises(errors.NotAllowed):
        await assured(hive, member, member)
    with pytest.raises(errors.BadInput) as refused:
        await assure.record(hive, operator, member.name, method="own_word", reference="x", verified_at=now)
    assert refused.value.code == "unknown_method"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"verified_at": datetime.now(UTC) + timedelta(days=1)}, "not_within"),
        ({"verified_at": datetime.now(UTC) - timedelta(days=731)}, "not_within"),
        ({"reference": ""}, "reference_unfit"),
        ({"reference": "x" * 201}, "reference_unfit"),
        ({"reference": "a\x00b"}, "reference_unfit"),
    ],
)
@pytest.mark.usefixtures("complete")
async def test_a_record_that_cannot_be_is_refused(hive, operator, changes, code):
    given = {"method": "photo_id", "reference": "A-17", "verified_at": datetime.now(UTC)} | changes
    with pytest.raises(errors.BadInput) as refused:
        await assure.record(hive, operator, "otto", **given)
    assert refused.value.code == code
    assert await tags(hive) == []


async def test_a_reference_counts_for_one_member_once(hive, member, stranger, complete):
    operator, _ = complete
    given = {"method": "photo_id", "reference": "A-17", "verified_at": datetime.now(UTC)}
    await assure.record(hive, operator, member.name, **given)
    with pytest.raises(errors.Conflict, match="recorded before"):
        await assure.record(hive, operator, stranger.name, **given)


async def test_where_no_provider_is_named_nothing_is_recorded(hive, operator, member):
    with pytest.raises(errors.Conflict, match="name a provider"):
        await assured(hive, operator, member)


async def test_a_mature_job_that_slips_in_while_the_switch_goes_off_is_a_refusal(hive, operator, member):
    with pytest.raises(errors.BadInput) as refused:
        async with hive.database.stating() as conn:
            await queue.put(
                conn,
                job=jobs.new_id(),
                member=member.id,
                asked=recipe.Recipe(prompt="a red circle"),
                limit=9,
                event=ask.events.Event("job:ask", member.id, "job:x"),
                admitted=queue.Admitted(rating="mature"),
            )
    assert (refused.value.field, refused.value.code) == ("rating", "mature_is_off")
