import dataclasses
import uuid

from hypothesis import given
from hypothesis import strategies as st

from ruche import recipe
from ruche.scheduling import jobs, queue
from ruche.worker import held


def claim(*, done=0, member=1):
    return queue.Claim(jobs.new_id(), member, uuid.uuid4(), 1, {}, done)


def test_a_job_has_a_render_for_each_missing_place():
    book, one = held.Held(), claim(done=0b010)
    book.begin(one, recipe.Recipe("x", seed=7, count=3))
    assert [wanted.key for wanted in book.coming] == [f"{one.job}/1/0", f"{one.job}/1/2"]
    assert [wanted.recipe.seed for wanted in book.coming] == [7, 9]
    assert book.jobs[one.job].missing == {0, 2}


def test_a_render_leads_to_its_job_as_long_as_it_is_held():
    book, one = held.Held(), claim()
    book.begin(one, recipe.Recipe("x"))
    job, place = book.of(f"{one.job}/1/0")
    assert (job.claim, place) == (one, 0)
    book.end(one.job)
    assert book.of(f"{one.job}/1/0") is None


def test_ending_a_job_names_what_the_engine_has_and_drops_what_it_has_not():
    book, one, other = held.Held(), claim(), claim()
    book.begin(one, recipe.Recipe("x", count=2))
    book.begin(other, recipe.Recipe("y"))
    assert book.let_in(room=6).key == f"{one.job}/1/0"
    assert book.end(one.job) == [f"{one.job}/1/0"]
    assert [wanted.key for wanted in book.coming] == [f"{other.job}/1/0"]
    assert book.end(one.job) == []


def test_a_render_of_an_attempt_before_leads_nowhere():
    book, one = held.Held(), claim()
    book.begin(one, recipe.Recipe("x"))
    book.end(one.job)
    book.begin(dataclasses.replace(one, attempt=2), recipe.Recipe("x"))
    assert book.of(f"{one.job}/1/0") is None
    assert book.of(f"{one.job}/2/0") is not None


def filled(book, room):
    """How many places are left when nobody may have one any more."""
    while book.let_in(room):
        room -= 1
    return room


def test_one_member_has_half_of_the_places_and_the_last_ones_are_for_others():
    book = held.Held()
    book.begin(claim(member=1), recipe.Recipe("x", count=8))
    assert filled(book, 6) == 3
    assert book.served(3) == {1}
    book.begin(claim(member=2), recipe.Recipe("y", count=8))
    assert filled(book, 3) == 2  # one for the second member, two for whoever comes
    book.begin(claim(member=3), recipe.Recipe("z"))
    book.begin(claim(member=4), recipe.Recipe("z"))
    assert filled(book, 2) == 0
    assert len(book.coming) == 5 + 7


def test_a_place_that_comes_free_goes_to_who_has_the_least():
    book, long, short = held.Held(), claim(member=1), claim(member=2)
    book.begin(long, recipe.Recipe("x", count=8))
    assert filled(book, 4) == 2
    book.begin(short, recipe.Recipe("y"))
    assert book.let_in(room=1).key == f"{short.job}/1/0"
    book.come_out(f"{long.job}/1/0")
    assert book.served(2) == {1, 2}
    book.come_out(f"{short.job}/1/0")
    assert book.served(3) == {1}
    assert book.let_in(room=3).key == f"{long.job}/1/2"


@given(theirs=st.integers(0, 30), others=st.integers(0, 30), room=st.integers(0, 30))
def test_who_has_nothing_inside_is_welcome_wherever_there_is_room(theirs, others, room):
    inside = theirs + others
    assert held.welcome(0, inside=inside, room=room) is (room > 0)
    if theirs and held.welcome(theirs, inside=inside, room=room):
        assert room - 1 >= held.KEPT
        assert 2 * (theirs + 1) <= inside + room
