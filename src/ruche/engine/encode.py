"""The first stage of a render: text to numbers.

Prompts repeat (the empty negative prompt above all), so what a text encoder made is kept, the least
recently used let go first. Every text is encoded on its own: encoding it beside others would change
its last digits, and an image must not depend on its neighbours.
"""

from collections import OrderedDict
from dataclasses import dataclass

import torch

from ruche.engine import attention, weights

KEPT_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """One text as the UNet sees it."""

    embedding: torch.Tensor
    """(tokens, features)"""
    projections: list[attention.Projection]
    bytes: int


class Texts:
    """The encoder of one model, and what it made lately."""

    def __init__(
        self, model: weights.Weights, crossings: attention.Crossings, *, kept: int = KEPT_BYTES
    ) -> None:
        self.model = model
        self.crossings = crossings
        self.kept = kept
        self.bytes = 0
        self._made: OrderedDict[str, Encoded] = OrderedDict()

    def encode(self, text: str) -> Encoded:
        """The text as numbers, new or remembered."""
        if text in self._made:
            self._made.move_to_end(text)
            return self._made[text]
        made = self._encode(text)
        self._made[text] = made
        self.bytes += made.bytes
        while self.bytes > self.kept and len(self._made) > 1:
            self.bytes -= self._made.popitem(last=False)[1].bytes
        return made

    def _encode(self, text: str) -> Encoded:
        model = self.model
        read = model.tokenizer(
            text,
            padding="max_length",
            max_length=model.tokenizer.model_max_length,
            truncation=True,  # the shelf has refused what is longer; this only guards the shape
            return_tensors="pt",
        )
        masked = getattr(model.text_encoder.config, "use_attention_mask", False)
        mask = read.attention_mask.to(model.device) if masked else None
        embedding = model.text_encoder(read.input_ids.to(model.device), attention_mask=mask)[0][0]
        projections = self.crossings.project(embedding)
        tensors = [embedding, *(tensor for pair in projections for tensor in pair)]
        return Encoded(embedding, projections, sum(t.numel() * t.element_size() for t in tensors))
