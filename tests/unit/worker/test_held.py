import dataclasses
import uuid

from ruche import recipe
from ruche.scheduling import jobs, queue
from ruche.worker import held


def claim(*, done=0):
    return queue.Claim(jobs.new_id(), 1, uuid.uuid4(), 1, {}, done)


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
    book.coming.popleft()  # the engine took it
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
