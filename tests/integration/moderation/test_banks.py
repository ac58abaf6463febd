import io
import random

import pytest

from ruche import errors
from ruche.actions import banks
from ruche.moderation import eye, fingerprints

DRAW = random.Random(11)


def drawn(count):
    return [DRAW.randbytes(32) for _ in range(count)]


def lines(values, kind="pdq"):
    return "".join(f"{kind} {value.hex()}\n" for value in values).encode()


async def take_in(hive, data, member=None, **options):
    given = {"bank": "one", "category": "child-safety", **options}
    return await banks.take_in(hive, member, lambda: io.BytesIO(data), **given)


async def roster(hive):
    async with hive.database.reading() as conn:
        return {bank.name: (bank.pdq, bank.sha256) for bank in await fingerprints.banks(conn)}


async def near(hive, look, value, distance=31):
    async with hive.database.reading() as conn:
        index = await look.banks(conn)
        return await fingerprints.these(conn, [one.id for one in index.near([value], within=distance)])


async def test_a_file_is_taken_in_once(hive):
    values = drawn(30)
    assert (await take_in(hive, lines(values)))[0] == 30
    assert (await take_in(hive, lines(values) + lines(values[:2], "sha256")))[0] == 2
    assert await roster(hive) == {"one": (30, 2)}


async def test_a_file_with_one_fault_leaves_no_row(hive):
    data = lines(drawn(50_000)) + b"pdq " + b"z" * 64 + b"\n\xff\n"
    with pytest.raises(errors.BadInput) as refused:
        await take_in(hive, data)
    assert refused.value.code == "faulty_bank"
    assert "1 values that are not 64 hexadecimal digits (line 50001)" in refused.value.sentence
    assert "1 lines that are not UTF-8 (line 50002)" in refused.value.sentence
    assert await roster(hive) == {}


async def test_sound_rows_of_a_faulty_file_come_in_where_that_is_wanted(hive):
    added, tally = await take_in(hive, lines(drawn(3)) + b"nonsense\n", sound_only=True)
    assert (added, tally.faults.total()) == (3, 1)


async def test_a_file_that_changes_between_the_readings_leaves_no_row(hive):
    readings = [lines(drawn(3)), lines(drawn(3)) + b"nonsense\n"]
    with pytest.raises(errors.BadInput, match="changed"):
        await banks.take_in(
            hive, None, lambda: io.BytesIO(readings.pop(0)), bank="one", category="child-safety"
        )
    assert await roster(hive) == {}


async def test_the_index_follows_every_change(hive):
    look, values = eye.Eye(), drawn(5)
    assert await near(hive, look, values[0]) == []
    await take_in(hive, lines(values[:2]))
    [found] = await near(hive, look, values[0])
    assert (found.bank, found.category, found.value) == ("one", "child-safety", values[0])
    await take_in(hive, lines(values[2:]), bank="two", category="other")
    assert [one.bank for one in await near(hive, look, values[4])] == ["two"]
    await take_in(hive, lines(values[1:2]), replace=True)
    assert await near(hive, look, values[0]) == []
    assert len(await near(hive, look, values[1])) == 1
    assert await banks.drop(hive, None, "two") == 3
    assert await near(hive, look, values[4]) == []


async def test_rows_that_are_being_written_are_found_once_they_stand(hive):
    look, (first, second) = eye.Eye(), drawn(2)
    async with hive.database.writing() as conn:
        await fingerprints.add(conn, "slow", [fingerprints.Row("pdq", first, "other")])
        assert await near(hive, look, first) == []
    await take_in(hive, lines([second]))
    assert len(await near(hive, look, first)) == len(await near(hive, look, second)) == 1


async def test_only_operators_keep_banks_and_every_change_is_in_the_audit(hive, operator, member):
    for deed in (take_in(hive, lines(drawn(1)), member), banks.drop(hive, member, "one")):
        with pytest.raises(errors.NotAllowed):
            await deed
    await take_in(hive, lines(drawn(2)), operator)
    await banks.drop(hive, operator, "one")
    async with hive.database.reading() as conn:
        rows = await (await conn.execute("select tag, actor, subject from audit order by seq")).fetchall()
    assert rows == [("bank:import", operator.id, "bank:one"), ("bank:remove", operator.id, "bank:one")]
    with pytest.raises(errors.NotFound):
        await banks.drop(hive, operator, "one")


@pytest.mark.parametrize(
    "wrong", [{"bank": "One Bank"}, {"bank": ""}, {"category": "Über"}, {"category": "removed"}]
)
async def test_a_bank_and_a_category_are_plain_words(hive, wrong):
    with pytest.raises(errors.BadInput):
        await take_in(hive, lines(drawn(1)), **wrong)
