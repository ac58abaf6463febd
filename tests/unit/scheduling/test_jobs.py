import uuid

from ruche.scheduling import jobs


def test_ids_are_version_7_and_sort_by_time(monkeypatch):
    ids = []
    for moment in (1, 2, 300):
        monkeypatch.setattr(jobs.time, "time_ns", lambda moment=moment: moment * 1_000_000)
        ids.append(jobs.new_id())
    assert ids == sorted(ids)
    assert all((one.version, one.variant) == (7, uuid.RFC_4122) for one in ids)


def test_two_ids_of_a_moment_differ():
    assert len({jobs.new_id() for _ in range(1000)}) == 1000


def test_an_image_has_the_same_id_at_every_attempt():
    job = jobs.new_id()
    assert jobs.image_id(job, 0) == jobs.image_id(job, 0)
    assert jobs.image_id(job, 0) != jobs.image_id(job, 1)
    assert jobs.image_id(job, 0) != jobs.image_id(jobs.new_id(), 0)


def test_places_are_read_from_their_bits():
    assert jobs.places(0) == []
    assert jobs.places(0b10000101) == [0, 2, 7]


def test_three_states_are_final():
    assert [state.value for state in jobs.State if state.final] == ["delivered", "cancelled", "failed"]
