import pytest

from ruche import errors
from ruche.web import doorstep


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def step(clock):
    return doorstep.Doorstep(most=2, clock=clock)


def test_an_address_sends_so_many_within_the_hour(step, clock):
    step.step("192.0.2.1")
    clock.now = 1800
    step.step("192.0.2.1")
    with pytest.raises(errors.TooMany, match=r"2 forms came from your address.*again in 30 minutes"):
        step.step("192.0.2.1")
    step.step("192.0.2.2")
    clock.now = 3600
    step.step("192.0.2.1")


def test_what_was_refused_does_not_make_one_wait_longer(step, clock):
    for _ in range(2):
        step.step("192.0.2.1")
    for clock.now in (1000, 2000, 3000):
        with pytest.raises(errors.TooMany):
            step.step("192.0.2.1")
    clock.now = 3600
    step.step("192.0.2.1")


def test_a_household_of_version_6_is_one_sender(step):
    step.step("2001:db8::1")
    step.step("2001:db8::2")
    with pytest.raises(errors.TooMany):
        step.step("2001:db8::ffff:3")
    step.step("2001:db8:0:1::1")


def test_memory_is_bounded(step):
    for host in range(doorstep.ADDRESSES + 5):
        step.step(f"192.0.{host // 256}.{host % 256}")
    assert len(step._seen) == doorstep.ADDRESSES
