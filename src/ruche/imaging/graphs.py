"""ComfyUI's graphs: finding a recipe in a drawing of nodes.

An API graph is `{id: {"class_type": ..., "inputs": {name: value or [id, output]}}}`; anybody writes
nodes of their own, so names of node classes say little. The recipe is found from a sampler backwards:
the nearest node upstream that states a thing is taken at its word. A walk visits each node once and
asks nothing of the graph that it might not have: it may be hostile.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ruche.imaging import reading

Graph = Mapping[str, Any]
Inputs = Mapping[str, Any]

_TEXTS: Final = ("text", "text_g", "prompt", "string", "value")
_SEEDS: Final = ("seed", "noise_seed")
_MODELS: Final = ("ckpt_name", "unet_name", "model_name")
# Conditioning that is emptied on purpose: what stands behind it is not said.
_EMPTIED: Final = "ConditioningZeroOut"
_MOST_NODES: Final = 5000


def read(graph: Graph, raw: Mapping[str, str]) -> reading.Reading:
    """What the graph's main sampler was told; fields are None where it does not say."""
    if len(graph) > _MOST_NODES:
        return reading.Reading("comfyui", raw=raw)
    start = _sampler(graph)
    guide = _link(start.get("guider"), graph) or start
    size = start.get("latent_image") or start.get("samples")
    positive = guide.get("positive") or guide.get("conditioning")
    schedule = reading.text(_first(graph, start, ("scheduler",)))
    return reading.Reading(
        "comfyui",
        prompt=reading.text(_nearest(graph, positive, _TEXTS, str)),
        negative_prompt=reading.text(_nearest(graph, guide.get("negative"), _TEXTS, str)),
        model=_model(_nearest(graph, guide.get("model") or start.get("model"), _MODELS, str)),
        width=reading.whole(_nearest(graph, size, ("width",), int)),
        height=reading.whole(_nearest(graph, size, ("height",), int)),
        steps=reading.whole(_first(graph, start, ("steps",))),
        guidance=reading.number(_first(graph, guide, ("cfg", "guidance"))),
        sampler=reading.sampler_of(reading.text(_first(graph, start, ("sampler_name",))), schedule),
        seed=reading.whole(_first(graph, start, _SEEDS)),
        raw=raw,
    )


def _sampler(graph: Graph) -> Inputs:
    """The inputs of the node that makes the picture: the one that starts from nothing, if there are more."""
    samplers = [
        inputs
        for inputs in map(_inputs, graph.values())
        if "guider" in inputs or ("positive" in inputs and any(seed in inputs for seed in _SEEDS))
    ]
    whole = [inputs for inputs in samplers if reading.number(inputs.get("denoise", 1)) == 1]
    return next(iter(whole or samplers), {})


def _first(graph: Graph, inputs: Inputs, names: tuple[str, ...]) -> object:
    """What the node says itself, else the nearest node behind any of its inputs."""
    own = _stated(inputs, names, (str, int, float))
    if own is not None:
        return own
    return next(
        (found for value in inputs.values() if (found := _nearest(graph, value, names)) is not None), None
    )


def _nearest(
    graph: Graph,
    link: object,
    names: tuple[str, ...],
    kind: type | tuple[type, ...] = (str, int, float),
) -> object:
    """The first value of that kind under one of the names, breadth first from a link backwards."""
    for inputs in _upstream(graph, link):
        value = _stated(inputs, names, kind)
        if value is not None:
            return value
    return None


def _stated(inputs: Inputs, names: tuple[str, ...], kind: type | tuple[type, ...]) -> object:
    values = (inputs.get(name) for name in names)
    return next((value for value in values if isinstance(value, kind) and value != ""), None)


def _upstream(graph: Graph, link: object) -> Iterator[Inputs]:
    waiting, seen = deque([link]), set()
    while waiting:
        name = _target(waiting.popleft())
        if name is None or name in seen or name not in graph:
            continue
        seen.add(name)
        node = graph[name]
        if isinstance(node, Mapping) and node.get("class_type") == _EMPTIED:
            continue
        inputs = _inputs(node)
        yield inputs
        waiting.extend(inputs.values())


def _target(value: object) -> str | None:
    """The id of the node that a link leads to."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str):  # noqa: PLR2004 - a pair
        return value[0]
    return None


def _link(value: object, graph: Graph) -> Inputs:
    return _inputs(graph.get(_target(value) or ""))


def _inputs(node: object) -> Inputs:
    inputs = node.get("inputs") if isinstance(node, Mapping) else None
    return inputs if isinstance(inputs, Mapping) else {}


def _model(name: object) -> str | None:
    return reading.text(name) or None
