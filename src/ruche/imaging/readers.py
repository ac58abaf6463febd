"""How was this file made? Our own word first, then the four dialects of others.

    ours            the JSON under `ruche`, exact
    InvokeAI        JSON under `invokeai_metadata`
    SwarmUI         JSON under `parameters`, an object with `sui_image_params`
    AUTOMATIC1111   text under `parameters`
    ComfyUI         JSON graphs under `prompt` and `workflow`

SwarmUI and AUTOMATIC1111 share a keyword, and a plain prompt may begin with a brace: JSON is tried
first and must hold what SwarmUI puts there. Nothing that a file says makes this raise anything but
`errors.BadImage`, and that only where it is no image file at all.
"""

import json
from collections.abc import Mapping
from typing import Any

from ruche.imaging import chunks, graphs, parameters, reading


def read(data: bytes) -> reading.Reading | None:
    """What the file says of its making, or None where it says nothing. Raises `errors.BadImage`."""
    return of_texts(chunks.read(data))


def of_texts(texts: Mapping[str, str]) -> reading.Reading | None:
    """What the texts of a file say, by their names."""
    if ours := _object(texts.get(chunks.OWN)):
        found = _own(ours, texts)
        if found:
            return found
    if invoke := _object(texts.get("invokeai_metadata")):
        return _invokeai(invoke, texts)
    if shared := texts.get(chunks.PARAMETERS):
        swarm = _inside(_object(shared), "sui_image_params")
        found = _swarmui(swarm, shared) if swarm else parameters.read(shared)
        if found:
            return found
    if "prompt" in texts or "workflow" in texts:
        raw = {name: texts[name] for name in ("prompt", "workflow") if name in texts}
        return graphs.read(_object(texts.get("prompt")), raw)
    return None


def _own(ours: Mapping[str, Any], texts: Mapping[str, str]) -> reading.Reading | None:
    made = _inside(ours, "recipe")
    if not made:
        return None
    return reading.Reading(
        "ruche",
        prompt=reading.text(made.get("prompt")),
        negative_prompt=reading.text(made.get("negative_prompt")),
        model=reading.text(made.get("model")) or None,
        width=reading.whole(made.get("width")),
        height=reading.whole(made.get("height")),
        steps=reading.whole(made.get("steps")),
        guidance=reading.number(made.get("guidance")),
        sampler=reading.text(made.get("sampler")) or None,
        seed=reading.whole(made.get("seed")),
        raw={chunks.OWN: texts[chunks.OWN]},
    )


def _invokeai(made: Mapping[str, Any], texts: Mapping[str, str]) -> reading.Reading:
    model = _inside(made, "model")
    return reading.Reading(
        "invokeai",
        prompt=reading.text(made.get("positive_prompt")),
        negative_prompt=reading.text(made.get("negative_prompt")),
        # Before version 4 the name stood under model_name.
        model=reading.text(model.get("name") or model.get("model_name")) or None,
        width=reading.whole(made.get("width")),
        height=reading.whole(made.get("height")),
        steps=reading.whole(made.get("steps")),
        guidance=reading.number(made.get("cfg_scale")),
        sampler=reading.sampler_of(reading.text(made.get("scheduler"))),
        seed=reading.whole(made.get("seed")),
        raw={name: text for name, text in texts.items() if name.startswith("invokeai_")},
    )


def _swarmui(made: Mapping[str, Any], shared: str) -> reading.Reading:
    return reading.Reading(
        "swarmui",
        prompt=reading.text(made.get("prompt")),
        negative_prompt=reading.text(made.get("negativeprompt")),
        model=reading.text(made.get("model")) or None,
        width=reading.whole(made.get("width")),
        height=reading.whole(made.get("height")),
        steps=reading.whole(made.get("steps")),
        guidance=reading.number(made.get("cfgscale")),
        sampler=reading.sampler_of(reading.text(made.get("sampler")), reading.text(made.get("scheduler"))),
        seed=reading.whole(made.get("seed")),
        raw={chunks.PARAMETERS: shared},
    )


def _object(text: str | None) -> Mapping[str, Any]:
    """The JSON object that the text is; an empty one where it is not, or is nested beyond reason."""
    if not text or not text.lstrip().startswith("{"):
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _inside(made: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = made.get(name)
    return found if isinstance(found, dict) else {}
