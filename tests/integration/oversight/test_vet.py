"""A model makes mature images only with the very weights that were vetted, by an operator, in the audit."""

import json

import pytest

from ruche import errors, recipe
from ruche.actions import ask, vet
from ruche.moderation import vetted
from tests.integration.moderation import mature_house

PETITE = "petite"


async def kept(hive):
    async with hive.database.reading() as conn:
        return await vetted.models(conn)


async def acts(hive):
    async with hive.database.reading() as conn:
        rows = await conn.execute("select tag, actor, subject, facts from audit order by seq")
        return [(*row[:3], json.loads(row[3])) for row in await rows.fetchall()]


async def test_an_operator_vets_and_takes_back(hive, operator):
    weights = hive.shelf.digest(hive.shelf.find(PETITE))
    found = await vet.vet(hive, operator, PETITE, mature_house.probe_of(hive))
    assert (found.names, found.recognised, found.weights) == (1200, 3, weights)
    assert await kept(hive) == {PETITE: weights}
    await vet.vet(hive, operator, PETITE, mature_house.probe_of(hive, recognised=0))
    await vet.unvet(hive, operator, PETITE)
    assert await kept(hive) == {}
    with pytest.raises(errors.NotFound):
        await vet.unvet(hive, operator, PETITE)
    first, second, third = await acts(hive)
    assert first[:3] == ("model:vet", operator.id, "model:petite")
    assert first[3]["facts"]["weights"] == weights.hex()
    assert first[3]["prior"] == {"weights": None}
    assert second[3]["prior"] == {"weights": weights.hex()}
    assert third[:3] == ("model:unvet", operator.id, "model:petite")


@pytest.mark.parametrize("role", ["member", "moderator"])
async def test_nobody_else_vets(hive, operator, role):
    who = await mature_house.joined(hive, "Who", role)
    with pytest.raises(errors.NotAllowed):
        await vet.vet(hive, who, PETITE, mature_house.probe_of(hive))
    await mature_house.vetted(hive, operator)
    with pytest.raises(errors.NotAllowed):
        await vet.unvet(hive, who, PETITE)
    assert PETITE in await kept(hive)


async def test_a_record_below_the_floor_or_of_an_unknown_model_leaves_nothing(hive, operator):
    with pytest.raises(errors.BadInput):
        await vet.vet(hive, operator, PETITE, mature_house.probe_of(hive, recognised=13))
    with pytest.raises(errors.UnknownModel):
        await vet.vet(hive, operator, "nobody", b"{}")
    assert (await kept(hive), await acts(hive)) == ({}, [])


LACKING = {
    "policy": "mature_not_allowed",
    "provider": "mature_not_ready",
    "provider away": "mature_not_ready",
    "classifier": "mature_not_ready",
    "evaluation": "mature_not_ready",
    "reviewers": "mature_not_ready",
    "legal contact": "mature_not_ready",
    "hash source": "mature_not_ready",
    "empty bank": "mature_not_ready",
    "model": "mature_not_ready",
    "vocabulary": "mature_not_ready",
    "switch": "mature_is_off",
    "age": "age_not_verified",
}


@pytest.mark.parametrize("lacking", ["nothing", *LACKING])
async def test_a_mature_job_needs_every_single_thing(hive, operator, monkeypatch, lacking):
    """In a running house: everything is there but one, and the ask says so."""
    marker = mature_house.provider()
    marker.well = lacking != "provider away"
    other = await mature_house.joined(hive, "Otto", "operator" if lacking != "reviewers" else "member")
    mia = await mature_house.joined(hive, "Mia")
    changes = {
        "policy": {"allowed": "false"},
        "provider": {"age_provider": '""'},
        "legal contact": {"legal_contact": '""'},
        "hash source": {"waiver": '""'},
        "empty bank": {"hash_source": '"exchange"'},
        "evaluation": {"least_accuracy": "1.0"},
    }.get(lacking, {})
    text = mature_house.policy_text(hive.settings.data, **changes)
    if lacking == "classifier":
        text = text[text.index("[mature]") :]
    if lacking == "vocabulary":
        monkeypatch.setattr("ruche.moderation.mature.VOCABULARY", hive.settings.data / "gone.txt")
    async with hive.database.writing() as conn:
        await mature_house.in_force(conn, text, operator, other)
        await mature_house.mode(conn, "neither" if lacking == "switch" else "mature", operator, other)
        if lacking != "age":
            await mature_house.age(conn, mia)
    if lacking != "model":
        await mature_house.vetted(hive, operator)
    wish = recipe.Recipe(prompt="a red circle", steps=1)
    try:
        if lacking == "nothing":
            assert (await ask.ask(hive, mia, wish, rating="mature")).id
            return
        with pytest.raises(errors.BadInput) as refused:
            await ask.ask(hive, mia, wish, rating="mature")
    finally:
        marker.well = True
    assert refused.value.code == LACKING[lacking]
    assert (await ask.ask(hive, mia, wish)).id


async def test_other_weights_than_those_vetted_refuse_at_the_next_ask(hive, operator, tmp_path):
    other = await mature_house.joined(hive, "Otto", "operator")
    mia = await mature_house.joined(hive, "Mia")
    mature_house.provider().well = True
    async with hive.database.writing() as conn:
        await mature_house.in_force(conn, mature_house.policy_text(tmp_path), operator, other)
        await mature_house.mode(conn, "mature", operator, other)
        await mature_house.age(conn, mia)
        # Two models of which one was changed since: that one is refused, and the house stays ready.
        await conn.execute(
            "insert into vetted_models (model, weights, names, recognised, probed_by, probed_on, vetted_by)"
            " values ('gone', '\\x00', 1000, 0, 'x', current_date, %s)",
            (operator.id,),
        )
    await mature_house.vetted(hive, operator)
    wish = recipe.Recipe(prompt="a red circle", steps=1)
    assert (await ask.ask(hive, mia, wish, rating="mature")).id
    for model in ("gone", "unknown"):
        with pytest.raises(errors.BadInput) as refused:
            await ask.ask(hive, mia, recipe.Recipe(prompt="a red circle", model=model), rating="mature")
        assert (refused.value.field, refused.value.code) == ("model", "model_not_vetted")
