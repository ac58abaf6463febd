import asyncio
import json
import sys
import time

import numpy as np
import pytest

from ruche import errors
from ruche.moderation import classifiers
from tests import markers

PLAIN = markers.scene(1)


def asked(folder, data=None, **changes):
    return classifiers.Asked(classifiers.load(markers.install(folder, data, **changes)))


@pytest.mark.parametrize(
    ("pixels", "high"),
    [
        (PLAIN, set()),
        (markers.marked(PLAIN, magenta=1.0), {"mature"}),
        (markers.marked(PLAIN, chequer=1.0), {"minor"}),
        (markers.marked(PLAIN, magenta=1.0, chequer=1.0), {"mature", "minor"}),
        (markers.marked(markers.scene(2, 512), magenta=1.0), {"mature"}),
    ],
)
async def test_a_real_model_finds_its_markers(tmp_path, pixels, high):
    scores = await asked(tmp_path).answer(pixels, 5)
    assert set(scores) == {"mature", "minor"}
    assert {meaning for meaning, score in scores.items() if score > 0.5} == high


async def test_the_highest_label_of_a_meaning_counts(tmp_path):
    means = {"magenta": "mature", "chequer": "mature"}
    scores = await asked(tmp_path, means=means).answer(markers.marked(PLAIN, chequer=1.0), 5)
    assert scores["mature"] > 0.5


async def test_late_is_no_answer_and_the_thread_is_free_again(tmp_path):
    late = asked(tmp_path, markers.slow())
    began = time.perf_counter()
    assert await late.answer(PLAIN, 0.05) is None
    assert time.perf_counter() - began < 0.5
    began = time.perf_counter()
    await asyncio.to_thread(late._thread.shutdown)
    assert time.perf_counter() - began < 0.5


async def test_who_waits_too_long_for_their_turn_gets_no_answer(tmp_path):
    late = asked(tmp_path, markers.slow())
    answers = await asyncio.gather(*(late.answer(PLAIN, 0.1) for _ in range(3 * classifiers.WAITING)))
    assert answers == [None] * len(answers)
    for _ in range(50):
        if late._room._value == classifiers.WAITING:
            break
        await asyncio.sleep(0.02)
    assert late._room._value == classifiers.WAITING


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf")])
async def test_what_is_no_share_of_one_is_no_answer(tmp_path, value):
    assert await asked(tmp_path, markers.silly(value)).answer(PLAIN, 5) is None


async def test_a_model_that_fails_gives_no_answer(tmp_path):
    wrong = {"height": 32, "width": 32, "layout": "NCHW"}
    assert await asked(tmp_path, input=wrong).answer(PLAIN, 5) is None
    assert (
        await asked(tmp_path, labels=["magenta", "b"], means={"magenta": "mature"}).answer(PLAIN, 5) is None
    )


def test_a_picture_is_scaled_as_the_record_says():
    shape = {"height": 8, "width": 16, "layout": "NHWC", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.25]}
    record = classifiers.evaluation(json.dumps(markers.record(b"", input=shape)))
    given = classifiers.prepared(np.full((64, 64, 3), 255, np.uint8), record)
    assert (given.shape, given.dtype) == ((1, 8, 16, 3), np.float32)
    assert np.allclose(given[0, 0, 0], (1, 1, 2))


@pytest.mark.parametrize(
    ("activation", "raw", "scores"),
    [
        ("softmax", [1000.0, 1000.0, -1000.0], [0.5, 0.5, 0.0]),
        ("sigmoid", [0.0, 1000.0, -1000.0], [0.5, 1.0, 0.0]),
        ("none", [0.25, 0.0, 1.0], [0.25, 0.0, 1.0]),
    ],
)
def test_raw_numbers_become_scores(activation, raw, scores):
    record = classifiers.evaluation(json.dumps(markers.record(b"", activation=activation)))
    assert list(classifiers.read([raw], record).values()) == pytest.approx(scores)


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": []},
        {"labels": ["a", "a", "b"]},
        {"labels": 7},
        {"means": {}},
        {"means": {"magenta": "minor"}},
        {"means": {"magenta": "lovely"}},
        {"means": {"strange": "mature"}},
        {"means": ["magenta"]},
        {"evaluated_on": "last week"},
        {"evaluated_on": None},
        {"accuracy": 0},
        {"accuracy": 98},
        {"accuracy": "nan"},
        {"input": {"height": 0, "width": 64}},
        {"input": {"height": 64, "width": 1_000_000}},
        {"input": {"height": 64, "width": 64, "std": [1, 0, 1]}},
        {"input": {"height": 64, "width": 64, "mean": [1]}},
        {"input": None},
        {"activation": "magic"},
        {"sha256": "0" * 64},
    ],
)
def test_a_model_without_a_sound_evaluation_is_refused(tmp_path, changes):
    with pytest.raises(errors.BadClassifier):
        classifiers.load(markers.install(tmp_path, **changes))


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 5000, "null", "x" * 100_000])
def test_an_evaluation_that_is_none_is_refused(tmp_path, text):
    path = markers.install(tmp_path)
    path.with_suffix(".json").write_text(text)
    with pytest.raises(errors.BadClassifier):
        classifiers.load(path)


def test_a_model_that_was_changed_or_is_none_is_refused(tmp_path):
    path = markers.install(tmp_path)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(errors.BadClassifier, match="not the file that was evaluated"):
        classifiers.load(path)
    with pytest.raises(errors.BadClassifier, match="no model that onnxruntime runs"):
        classifiers.load(markers.install(tmp_path, b"no model at all"))
    path.with_suffix(".json").unlink()
    with pytest.raises(errors.BadClassifier, match="needs its evaluation"):
        classifiers.load(path)


def test_without_the_runtime_the_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(errors.BadClassifier, match="pip install onnxruntime"):
        classifiers.load(markers.install(tmp_path))
