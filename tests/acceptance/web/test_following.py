"""The live stream of a page, as a browser hears it."""

import pytest

from ruche.actions import join


@pytest.fixture
def pace():
    return 0.05


def heard(stream):
    """The kinds of events, in their order."""
    return (line.removeprefix("event: ") for line in stream.iter_lines() if line.startswith("event: "))


def test_a_stream_tells_steps_then_the_tiles_then_the_end(house, mia):
    with house.client(mia) as client, client.stream("GET", client.ask(count="2") + "/events") as stream:
        kinds = list(heard(stream))
    assert kinds.index("step") < kinds.index("tile") < kinds.index("end") == len(kinds) - 1
    assert kinds.count("tile") == 2


async def signed_out(house):
    async with house.hive.database.writing() as conn:
        await conn.execute("delete from sessions")


async def switched_off(house):
    await join.disable(house.hive, None, "Mia")


@pytest.mark.parametrize("shut", [signed_out, switched_off])
def test_a_stream_ends_with_its_session(house, mia, shut):
    with house.client(mia) as client, client.stream("GET", client.ask(count="2") + "/events") as stream:
        kinds = heard(stream)
        assert "step" in kinds
        house.do(shut(house))
        assert not {"tile", "end"} & set(kinds)
    with house.client() as stranger:
        assert stranger.get("/jobs/events").status_code == 401
