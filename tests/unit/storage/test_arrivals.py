import asyncio
import contextlib

import pytest

from ruche import errors
from ruche.storage import arrivals

ADA, BEN = "192.0.2.1", "192.0.2.2"


async def body(*pieces):
    for piece in pieces:
        yield piece


async def idle():
    yield b"begun"
    await asyncio.Event().wait()


async def received(room, stream, **times):
    return b"".join([piece async for piece in room.pieces(stream, **times)])


async def test_one_sender_fills_their_own_rooms_and_nobody_elses():
    here = arrivals.Arrivals(each=2, most=3)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(here.room(ADA))
        with pytest.raises(errors.TooMany, match="from where you are"):
            await stack.enter_async_context(here.room(ADA))
        other = await stack.enter_async_context(here.room(BEN))
        assert await received(other, body(b"one", b"two")) == b"onetwo"
        with pytest.raises(errors.TooMany, match="Many files"):
            await stack.enter_async_context(here.room("192.0.2.3"))
    for _ in range(3):
        async with here.room(ADA), here.room(ADA):
            pass


async def test_who_sends_nothing_is_sent_off_and_who_trickles_as_well():
    here = arrivals.Arrivals()

    async def trickle():
        while True:
            await asyncio.sleep(0.01)
            yield b"."

    async with here.room(ADA) as room:
        with pytest.raises(TimeoutError):
            await received(room, idle(), stall=0.01)
        with pytest.raises(TimeoutError):
            await received(room, trickle(), whole=0.05, stall=1)


async def test_all_bodies_together_have_so_much_space_and_give_it_back():
    here = arrivals.Arrivals(space=10)
    async with here.room(ADA) as first, here.room(BEN) as second:
        assert await received(first, body(b"1234567")) == b"1234567"
        with pytest.raises(errors.TooMany, match="Large files"):
            await received(second, body(b"12", b"34"))
        assert (first.held, second.held) == (7, 2)
    async with here.room(BEN) as room:
        assert await received(room, body(b"1234567890")) == b"1234567890"


@pytest.mark.parametrize(("address", "whose"), [
    ("192.0.2.7", "192.0.2.7"),
    ("2001:db8::1", "2001:db8::"),
    ("2001:db8::ffff:1", "2001:db8::"),
    ("2001:db8:0:1::1", "2001:db8:0:1::"),
    ("::ffff:192.0.2.7", "192.0.2.7"),
    ("no address", "no address"),
])  # fmt: skip
def test_a_household_is_one_sender(address, whose):
    assert arrivals.household(address) == whose
