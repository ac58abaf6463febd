"""The `parameters` text that AUTOMATIC1111 began and every other tool reads.

First the prompt, then a line `Negative prompt: ...`, then one line of `Key: value` pairs. `write` makes
it from a recipe; `read` turns any such text into a `Reading`, in time linear in its length, whatever
it holds. Which file the text lies in is `chunks.py`'s to know.

The form cannot hold every prompt as it is: `tidy` says what it holds in its place. The exact recipe
travels beside it in our own chunk.
"""

import json
import re
from importlib import metadata
from typing import Final

from ruche import recipe
from ruche.imaging import reading

NEGATIVE: Final = "Negative prompt:"
# Longer texts exist in the wild, but no person wrote them.
LONGEST: Final = 400_000
_FEWEST_PAIRS: Final = 3
_KEY: Final = re.compile(r"\w[\w \-/]{1,99}")
_QUOTED: Final = re.compile(r'"(?:\\.|[^\\"])*+"(?=\s*(?:,|$))')
_SIZE: Final = re.compile(r"(\d{1,6})x(\d{1,6})")
_STEPS: Final = re.compile(r"^Steps: ", re.MULTILINE)
_BLANKS: Final = " \t\r"


def write(wish: recipe.Recipe, *, model_hash: str | None = None, version: str | None = None) -> str:
    """The text for the image of a recipe (count 1: its own seed)."""
    sampler, schedule = _sampler_and_schedule(wish.sampler)
    pairs = {
        "Steps": str(wish.steps),
        "Sampler": sampler,
        "Schedule type": schedule,
        "CFG scale": repr(float(wish.guidance)).removesuffix(".0"),
        "Seed": str(wish.seed),
        "Size": f"{wish.width}x{wish.height}",
        "Model hash": model_hash or "",
        "Model": wish.model,
        "Version": f"ruche {version or metadata.version('ruche')}",
    }
    lines = [tidy(wish.prompt)]
    if negative := tidy(wish.negative_prompt):
        lines.append(f"{NEGATIVE} {negative}")
    lines.append(", ".join(f"{key}: {_quoted(value)}" for key, value in pairs.items() if value))
    return "\n".join(lines)


def tidy(prompt: str) -> str:
    """A prompt as this form can hold it.

    Lines lose the blanks at their ends and the text the empty lines at its ends. Where a prompt holds
    the form's own marks, they become lower case, which no text encoder of this family can tell apart.
    """
    unmarked = prompt.replace(NEGATIVE, NEGATIVE.lower())
    lines = (line.strip() for line in unmarked.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return _STEPS.sub("steps: ", "\n".join(lines).strip())


def read(text: str) -> reading.Reading | None:
    """What the text says, or None where it is not of this form."""
    *lines, last = text.strip().split("\n")
    pairs = _pairs(last) if len(text) <= LONGEST else {}
    if len(pairs) < _FEWEST_PAIRS:
        return None
    prompt, negative = _prompts(lines)
    size = _SIZE.fullmatch(pairs.get("Size", ""))
    return reading.Reading(
        dialect="automatic1111",
        prompt=prompt,
        negative_prompt=negative,
        model=pairs.get("Model"),
        width=int(size[1]) if size else None,
        height=int(size[2]) if size else None,
        steps=reading.whole(pairs.get("Steps")),
        guidance=reading.number(pairs.get("CFG scale")),
        sampler=reading.sampler_of(pairs.get("Sampler"), pairs.get("Schedule type")),
        seed=reading.whole(pairs.get("Seed")),
        raw=pairs,
    )


def _prompts(lines: list[str]) -> tuple[str, str]:
    first = next((i for i, line in enumerate(lines) if line.strip().startswith(NEGATIVE)), len(lines))
    prompt = "\n".join(line.strip() for line in lines[:first]).strip()
    negative = "\n".join(line.strip().removeprefix(NEGATIVE).strip() for line in lines[first:]).strip()
    return prompt, negative


def _pairs(line: str) -> dict[str, str]:
    """The `Key: value` pairs of a line, each character looked at a fixed number of times."""
    found: dict[str, str] = {}
    at = 0
    while (colon := line.find(":", at)) >= 0:
        key = line[max(at, line.rfind(",", at, colon) + 1) : colon].strip()
        start = colon + 1
        while start < len(line) and line[start] in _BLANKS:
            start += 1
        quoted = _QUOTED.match(line, start)
        end = quoted.end() if quoted else line.find(",", start)
        end = len(line) if end < 0 else end
        if _KEY.fullmatch(key):
            found[key] = _unquoted(line[start:end].strip())
        comma = line.find(",", end)
        at = len(line) if comma < 0 else comma + 1
    return found


def _quoted(value: str) -> str:
    """A value in JSON quotes where it would break the line, or would be taken for a quoted one."""
    if any(mark in value for mark in ",:\n") or value.startswith('"'):
        return json.dumps(value, ensure_ascii=False)
    return value


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        plain = json.loads(value)
    except ValueError:
        return value
    return reading.text(plain) or value


def _sampler_and_schedule(name: str) -> tuple[str, str]:
    """AUTOMATIC1111 keeps the schedule apart; its plain one, evenly spaced in time, is Uniform."""
    if name == "DDIM":
        return name, "Automatic"
    plain = name.removesuffix(" Karras")
    return plain, "Uniform" if plain == name else "Karras"
