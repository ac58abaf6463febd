"""The live stream of a page, as a browser hears it."""

import asyncio
import contextlib
import time

import pytest

from ruche.actions import join, watch


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


def test_a_page_that_comes_late_hears_the_end_of_each_job_once(house, mia):
    with house.client(mia) as client:
        done = [client.ask(), client.ask()]
        for job in done:
            with client.stream("GET", job + "/events") as stream:
                list(heard(stream))
        ids = [job.rpartition("/")[2] for job in done]
        with client.stream("GET", f"/jobs/events?of={','.join([*ids, 'none', *ids])}") as stream:
            assert list(heard(stream)) == ["end", "end"]


def test_a_member_has_only_so_many_streams_and_gets_them_back(house, mia):
    with house.client(mia) as client, house.client(house.member("Sten")) as other:
        job = client.ask(steps="150", count="8")
        with contextlib.ExitStack() as streams:
            for _ in range(watch.SEATS):
                taken = streams.enter_context(client.stream("GET", job + "/events"))
                assert taken.status_code == 200
            refused = client.get(job + "/events")
            assert refused.status_code == 429
            assert "close one of them" in refused.text
            assert client.get(f"/jobs/events?of={job.rpartition('/')[2]}").status_code == 429
            assert other.get("/jobs/events").status_code == 200
        deadline = time.monotonic() + 2
        while house.do(seats(house)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert house.do(seats(house)) == 0
        assert house.do(followers()) == 0


async def seats(house):
    return house.watching._seats.total()


async def followers():
    return sum(task.get_name().startswith("follow ") for task in asyncio.all_tasks())
