import pytest

from ruche.scheduling import jobs, progress


@pytest.mark.parametrize(
    "fact",
    [
        progress.Fact(jobs.new_id(), jobs.State.RUNNING, 0, step=0, steps=20),
        progress.Fact(
            jobs.new_id(), jobs.State.RUNNING, 3, step=4, steps=20, preview=progress.picture(b"webp")
        ),
        progress.Fact(jobs.new_id(), jobs.State.QUEUED, ahead=0),
        progress.Fact(jobs.new_id(), jobs.State.QUEUED, ahead=300, more=True),
        progress.Fact(jobs.new_id(), jobs.State.FAILED, code="render_failed", reason="It could not be made."),
    ],
)
def test_a_fact_arrives_as_it_was_sent(fact):
    assert progress.read(progress.written(fact)) == fact


def test_a_preview_that_does_not_fit_is_left_out():
    fact = progress.Fact(jobs.new_id(), jobs.State.RUNNING, 0, step=4, steps=20, preview="A" * 9000)
    written = progress.written(fact)
    assert len(written.encode()) < 8000
    assert progress.read(written).step == 4


@pytest.mark.parametrize(
    "payload", ["", "{", "[]", "7", "null", '{"job": "x"}', '{"job": 7, "state": "queued"}']
)
def test_what_is_no_fact_is_passed_over(payload):
    assert progress.read(payload) is None


def test_what_a_later_version_adds_is_passed_over():
    fact = progress.Fact(jobs.new_id(), jobs.State.QUEUED)
    assert progress.read(progress.written(fact)[:-1] + ', "mood": "good"}') == fact


def test_only_the_whole_job_ends_a_stream():
    job = jobs.new_id()
    assert progress.Fact(job, jobs.State.DELIVERED).last
    assert not progress.Fact(job, jobs.State.DELIVERED, 0).last
    assert not progress.Fact(job, jobs.State.RUNNING).last
