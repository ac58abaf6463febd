"""The classifier port: what a program thinks an image shows, as scores; the operator brings the program.

A classifier is an ONNX file by path (`images.classifier` in the policy), run by onnxruntime, which the
operator installs beside it. It is taken only with its recorded evaluation: `NAME.json` next to `NAME.onnx`,
which says what its labels mean, when and how well it was tried, and the digest of the very file that was.
A wrong file, a missing runtime, a fault while it runs, a score that is no share of one, or no answer
before the deadline are all the same for whoever asks: no answer. What follows from that is `looks.py`'s.
"""

import asyncio
import hashlib
import json
import threading
from collections.abc import Mapping
from concurrent import futures
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from ruche import errors

Pixels = npt.NDArray[np.uint8]
Meaning = Literal["mature", "minor", "other"]
"""What a label says: shows mature content; may show somebody under age; anything else a person decides."""
Activation = Literal["none", "softmax", "sigmoid"]

MEANINGS: Final[tuple[Meaning, ...]] = get_args(Meaning)
ACTIVATIONS: Final[tuple[Activation, ...]] = get_args(Activation)
LARGEST_RECORD: Final = 64 * 1024
SIDES: Final = (8, 2048)
# Who asks while so many wait for one classifier gets no answer: it would come too late.
WAITING: Final = 16
_WRONG: Final = (OSError, ValueError, TypeError, KeyError, AttributeError)


class Classifier(Protocol):
    """Whatever gives a score between 0 and 1 for each of its labels."""

    @property
    def evaluation(self) -> "Evaluation": ...

    def scores(self, pixels: Pixels, stop: threading.Event) -> Mapping[str, float]:
        """The scores of a picture (height x width x 3, RGB); may raise anything, and ends early on `stop`."""
        ...


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was recorded about a model before it was installed."""

    sha256: str
    labels: tuple[str, ...]
    """In the order of the model's output."""
    means: Mapping[str, Meaning]
    """The labels that say something; the others are of no account."""
    evaluated_on: date
    accuracy: float
    height: int
    width: int
    channels_first: bool = True
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    activation: Activation = "none"

    def by_meaning(self, scores: Mapping[str, float]) -> dict[Meaning, float]:
        """The highest score of each meaning."""
        found: dict[Meaning, float] = {}
        for label, meaning in self.means.items():
            found[meaning] = max(scores[label], found.get(meaning, 0.0))
        return found


def evaluation(text: str) -> Evaluation:
    """The record in this JSON. Raises `errors.BadClassifier`."""
    try:
        said = json.loads(text)
        shape = said["input"]
        record = Evaluation(
            sha256=str(said["sha256"]).lower(),
            labels=tuple(map(str, said["labels"])),
            means={str(label): meaning for label, meaning in said["means"].items()},
            evaluated_on=date.fromisoformat(said["evaluated_on"]),
            accuracy=float(said["accuracy"]),
            height=int(shape["height"]),
            width=int(shape["width"]),
            channels_first=shape.get("layout", "NCHW") == "NCHW",
            mean=tuple(map(float, shape.get("mean", (0, 0, 0)))),
            std=tuple(map(float, shape.get("std", (1, 1, 1)))),
            activation=said.get("activation", "none"),
        )
    except (*_WRONG, RecursionError) as fault:
        reason = f"its evaluation cannot be read ({type(fault).__name__})"
        raise errors.BadClassifier(reason=reason) from fault
    faults = [words for wrong, words in _faults(record) if wrong]
    if faults:
        raise errors.BadClassifier(reason="its evaluation is not sound: " + ", ".join(faults))
    return record


def _faults(record: Evaluation) -> tuple[tuple[bool, str], ...]:
    low, high = SIDES
    labels, means = record.labels, record.means
    in_size = low <= record.height <= high and low <= record.width <= high
    return (
        (not labels or len(set(labels)) < len(labels), "its labels are none or not distinct"),
        (not set(means) <= set(labels), "it gives a meaning to a label that it does not have"),
        (not set(means.values()) <= set(MEANINGS), f"a meaning is none of {', '.join(MEANINGS)}"),
        ("mature" not in means.values(), "no label means mature"),
        (not 0 < record.accuracy <= 1, "its accuracy is no share of one"),
        (not in_size, f"its input is not {low} to {high} pixels a side"),
        ((len(record.mean), len(record.std)) != (3, 3), "mean and std are not three numbers"),
        (0 in record.std, "a std is zero"),
        (record.activation not in ACTIVATIONS, f"its activation is none of {', '.join(ACTIVATIONS)}"),
    )


# A model that onnxruntime runs ------------------------------------------------------------------------------


@dataclass(slots=True)
class Onnx:
    """A model file, loaded."""

    evaluation: Evaluation
    _runtime: Any = field(repr=False)
    _session: Any = field(repr=False)

    def scores(self, pixels: Pixels, stop: threading.Event) -> Mapping[str, float]:
        """The scores by label."""
        options = self._runtime.RunOptions()
        done = threading.Event()

        def watch() -> None:
            stop.wait()
            if not done.is_set():
                options.terminate = True

        watcher = threading.Thread(target=watch, name="classifier: deadline", daemon=True)
        watcher.start()
        try:
            given = {self._session.get_inputs()[0].name: prepared(pixels, self.evaluation)}
            raw = self._session.run(None, given, options)[0]
        finally:
            done.set()
            stop.set()
        return read(raw, self.evaluation)


def prepared(pixels: Pixels, record: Evaluation) -> npt.NDArray[np.float32]:
    """A picture as the model takes it: one of a batch, its size, its scale."""
    picture = Image.fromarray(pixels)
    if picture.size != (record.width, record.height):
        picture = picture.resize((record.width, record.height), Image.Resampling.BILINEAR)
    mean, std = (np.asarray(numbers, np.float32) for numbers in (record.mean, record.std))
    scaled = (np.asarray(picture, np.float32) / np.float32(255) - mean) / std
    if record.channels_first:
        scaled = scaled.transpose(2, 0, 1)
    return np.ascontiguousarray(scaled[None], np.float32)


def read(raw: Any, record: Evaluation) -> dict[str, float]:
    """A model's output as scores. Raises ValueError for one that does not fit its labels."""
    numbers = np.asarray(raw, np.float64).reshape(-1)
    if len(numbers) != len(record.labels) or not np.isfinite(numbers).all():
        raise ValueError("the output does not fit the labels")
    if record.activation == "softmax":
        numbers = np.exp(numbers - numbers.max())
        numbers /= numbers.sum()
    elif record.activation == "sigmoid":
        numbers = 1 / (1 + np.exp(-np.clip(numbers, -60, 60)))
    if numbers.min() < 0 or numbers.max() > 1:
        raise ValueError("a score is no share of one")
    return dict(zip(record.labels, map(float, numbers), strict=True))


def load(path: Path) -> Classifier:
    """The model at this path with its evaluation. Raises `errors.BadClassifier` with one sentence."""
    beside = path.with_suffix(".json")
    try:
        if beside.stat().st_size > LARGEST_RECORD:
            raise errors.BadClassifier(reason=f"its evaluation {beside.name} is too large to be one")
        record = evaluation(beside.read_text(encoding="utf-8"))
        model = path.read_bytes()
    except (OSError, UnicodeDecodeError) as fault:
        reason = f"{path.name} needs its evaluation {beside.name} beside it, and both must be readable"
        raise errors.BadClassifier(reason=reason) from fault
    if hashlib.sha256(model).hexdigest() != record.sha256:
        raise errors.BadClassifier(reason=f"{path.name} is not the file that was evaluated")
    try:
        import onnxruntime
    except ImportError as missing:
        raise errors.BadClassifier(reason="onnxruntime is missing; pip install onnxruntime") from missing
    try:
        settings = onnxruntime.SessionOptions()
        settings.log_severity_level = 4
        session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    except Exception as fault:  # its own errors share no class but this
        raise errors.BadClassifier(reason=f"{path.name} is no model that onnxruntime runs") from fault
    return Onnx(record, onnxruntime, session)


# Asking -----------------------------------------------------------------------------------------------------


class Asked:
    """One classifier and the thread that it has; many ask, one after the other is answered."""

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier
        self._thread = futures.ThreadPoolExecutor(1, "classifier")
        self._room = threading.BoundedSemaphore(WAITING)

    async def answer(self, pixels: Pixels, deadline: float) -> dict[Meaning, float] | None:
        """The scores by meaning, or None where there is no answer within `deadline` seconds."""
        if not self._room.acquire(blocking=False):
            return None
        stop = threading.Event()
        ask = self._thread.submit(self._scores, pixels, stop)
        ask.add_done_callback(lambda _: self._room.release())
        try:
            async with asyncio.timeout(deadline):
                return await asyncio.wrap_future(ask)
        except Exception:  # noqa: BLE001 - late, broken or nonsense: whatever it is, it is no answer
            return None
        finally:
            stop.set()

    def close(self) -> None:
        """Let the thread go."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _scores(self, pixels: Pixels, stop: threading.Event) -> dict[Meaning, float]:
        if stop.is_set():
            raise TimeoutError
        return self.classifier.evaluation.by_meaning(self.classifier.scores(pixels, stop))
