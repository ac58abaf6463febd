"""The models that this house has, and what each can do.

The doors must know a model's grid and its token limit before they accept a recipe, and they may not
import torch; so the shelf reads configurations, never weights. It knows where folders stand and how one
comes and goes; what a sound folder is, `engine/folder.py` decides; loading is `engine/weights.py`.
"""

import contextlib
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from ruche import errors, recipe
from ruche.engine import folder, tokens

EMBEDDED = "petite"
EMBEDDED_PATH = Path(__file__).parent / EMBEDDED
Stamp = folder.Stamp
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}")


@dataclass(frozen=True, slots=True)
class Model:
    """A model on the shelf. `width` and `height` are its native size, `grid` what sizes are multiples of."""

    name: str
    path: Path
    family: str
    width: int
    height: int
    grid: int
    max_tokens: int
    """How many tokens of prompt it reads, begin and end marks not counted."""
    note: str
    """One sentence for people who choose."""
    steps: int = folder.NATIVE_STEPS
    guidance: float = folder.NATIVE_GUIDANCE
    sampler: str = folder.NATIVE_SAMPLER
    counter: tokens.Counter | None = field(default=None, repr=False, compare=False)
    stamp: folder.Stamp = field(default=(), repr=False)
    """Differs where the folder has been replaced since it was read."""


class Shelf:
    """The embedded model and those in a folder, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self._read: dict[Path, Model] = {}
        self._digests: dict[Path, tuple[Stamp, bytes]] = {}

    def models(self) -> list[Model]:
        """Every sound model, the embedded one first; a folder that an operator broke is left out."""
        found = []
        for path in self._paths():
            with contextlib.suppress(errors.BadModel):
                found.append(self._model(path))
        return found

    def find(self, name: str) -> Model:
        """The model of this name. Raises `errors.UnknownModel`, or `errors.ModelUnusable` where it is broken.

        What is broken about it, and in which folder, is for operators: `check` tells it.
        """
        for path in self._paths():
            if path.name == name:
                try:
                    return self._model(path)
                except errors.BadModel as fault:
                    raise errors.ModelUnusable(name) from fault
        raise errors.UnknownModel(name)

    def digest(self, model: Model) -> bytes:
        """The hash of the model's weights as they are now; reads them once for each state of the folder.

        Raises `errors.ModelUnusable` where they cannot be read.
        """
        try:
            now = folder.stamp(model.path)
            known = self._digests.get(model.path)
            if known is None or known[0] != now:
                known = self._digests[model.path] = (now, folder.digest(model.path))
        except OSError as fault:
            raise errors.ModelUnusable(model.name) from fault
        return known[1]

    def fits(self, asked: recipe.Recipe) -> None:
        """Nothing, where the recipe's model can make it.

        Raises `errors.UnknownModel`, `errors.ModelUnusable`, `errors.BadRecipe` (a size off the grid) or
        `errors.PromptTooLong`.
        """
        model = self.find(asked.model)
        off = [
            errors.Fault(
                side, "off_the_grid", f"The {side} must be a multiple of {model.grid} for {model.name}."
            )
            for side in ("width", "height")
            if getattr(asked, side) % model.grid
        ]
        if off:
            raise errors.BadRecipe(off)
        for text in ("prompt", "negative_prompt"):
            count = model.counter.count(getattr(asked, text)) if model.counter else 0
            if count > model.max_tokens:
                raise errors.PromptTooLong(text, count, model.max_tokens)

    def check(self, path: Path) -> Model:
        """What the folder would be on the shelf. Raises `errors.BadModel` with one sentence."""
        return _from(Path(path))

    def add(self, path: Path, *, name: str | None = None) -> Model:
        """Copy a sound folder onto the shelf, whole or not at all. Raises `errors.BadModel`."""
        path = Path(path).resolve()
        name = path.name.lower() if name is None else name
        if not NAME.fullmatch(name):
            reason = (
                f"“{name[:80]}” is no name for a model; "
                "use small letters, digits, dots, dashes and underscores, at most 61"
            )
            raise errors.BadModel(path=path.name, reason=reason)
        if name in {taken.name for taken in self._paths()}:
            reason = f"there is a model called {name} already; remove it first or choose another name"
            raise errors.BadModel(path=path.name, reason=reason)
        folder.read(path)
        self.folder.mkdir(parents=True, exist_ok=True)
        arriving = Path(tempfile.mkdtemp(prefix=".arriving-", dir=self.folder))
        try:
            _copy(path, arriving)
            folder.read(arriving)  # what is checked is what stays, even if the source changed meanwhile
            arriving.chmod(0o755)
            arriving.rename(self.folder / name)
        except OSError as fault:
            raise errors.BadModel(
                path=path.name, reason=f"it could not be copied: {fault.strerror}"
            ) from fault
        finally:
            shutil.rmtree(arriving, ignore_errors=True)
        return self.find(name)

    def remove(self, name: str) -> None:
        """Take a model off the shelf and delete it. Raises `errors.UnknownModel`, or `errors.Conflict`."""
        if name == EMBEDDED:
            raise errors.Conflict(sentence="Petite comes with Ruche and cannot be removed.")
        if name not in {path.name for path in self._paths()}:
            raise errors.UnknownModel(name)
        leaving = Path(tempfile.mkdtemp(prefix=".leaving-", dir=self.folder))
        (self.folder / name).rename(leaving / name)  # gone at once for readers, then slowly from the disk
        shutil.rmtree(leaving, ignore_errors=True)

    def _paths(self) -> list[Path]:
        own: list[Path] = []
        if self.folder.is_dir():
            own = sorted(p for p in self.folder.iterdir() if NAME.fullmatch(p.name) and p.is_dir())
        return [EMBEDDED_PATH, *(path for path in own if path.name != EMBEDDED)]

    def _model(self, path: Path) -> Model:
        """Read once, and again when the folder was replaced."""
        known = self._read.get(path)
        if known is None or known.stamp != folder.stamp(path):
            known = self._read[path] = _from(path)
        return known


def _from(path: Path) -> Model:
    stamp = folder.stamp(path)
    reading = folder.read(path)
    return Model(
        name=path.name,
        path=path,
        family="sd1",
        width=reading.width,
        height=reading.height,
        grid=reading.grid,
        max_tokens=reading.counter.limit,
        note=reading.note,
        steps=reading.steps,
        guidance=reading.guidance,
        sampler=reading.sampler,
        counter=reading.counter,
        stamp=stamp,
    )


def _copy(path: Path, to: Path) -> None:
    for file in folder.wanted_files(path):
        target = to / file.relative_to(path)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, target)
