"""The text encoder, taught to read before the UNet learns to draw.

Problem: a UNet trained on words alone learns colours soon and the order in "X above Y" hardly ever. Reading
needs no pictures, so it is learnt first: the encoder is the stock causal ``CLIPTextModel``, and the padding
behind a caption, which sees all of it, serves as registers. The pad at position p has the role p mod 8
(what is at the top, at the bottom, ... the sky, the ground), and a linear head must read the role's content
off its hidden state. The heads are thrown away; the UNet's cross-attention finds the layout laid out. It
knows no pixels.
"""

import argparse
import math
import time
from random import Random
from typing import Final

import torch
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from petite import captions, device, palette, pictures, progress, scene, words

WIDTH: Final = 128
LAYERS: Final = 3
ROLES: Final = 8
"""0 top, 1 bottom, 2 left, 3 right, 4 middle or first thing, 5 second thing, 6 sky, 7 ground and kind."""
WHATS: Final = ("", *scene.SHAPES, *scene.THINGS)
HUES: Final = ("", *palette.COLOURS)
SKY: Final = (len(palette.BACKDROPS) + 1, len(scene.TIMES) + 1, 3, 2, 2, 2, 2, 2)
LAND: Final = (len(scene.GROUNDS) + 1, 4, 5, 4)
KINDS: Final = ("pair", "single", "several", "view")


def build(vocabulary: int) -> CLIPTextModel:
    """A fresh encoder: 3 layers, 128 wide, 4 heads."""
    config = CLIPTextConfig(
        vocab_size=vocabulary, hidden_size=WIDTH, intermediate_size=4 * WIDTH, num_hidden_layers=LAYERS,
        num_attention_heads=4, max_position_embeddings=words.LENGTH, hidden_act="gelu", projection_dim=WIDTH,
        pad_token_id=0, bos_token_id=2, eos_token_id=3,
    )  # fmt: skip
    return CLIPTextModel(config)


def lesson(picture: scene.Scene) -> list[int]:
    """What the registers must tell: six (what, colour) pairs, eight facts of the sky, four of the ground."""
    slots = [(0, 0)] * 6
    names = [(WHATS.index(t.what), HUES.index(t.colour)) for t in picture.things]
    if picture.kind == "pair":
        where = {"above": (0, 1), "below": (1, 0), "left": (2, 3), "right": (3, 2)}[picture.relation]
        for slot, name in zip(where, names, strict=True):
            slots[slot] = name
    elif picture.things:
        ordered = sorted(names) if picture.kind == "view" else names
        slots[4] = ordered[0]
        if picture.kind == "view":
            slots[5] = ordered[1] if len(ordered) == 2 else (0, 0)
            for thing, name in zip(picture.things, names, strict=True):
                if not 0.42 < thing.x < 0.58:
                    slots[2 if thing.x < 0.5 else 3] = name
    backdrop = list(palette.BACKDROPS).index(picture.backdrop) + 1 if picture.backdrop else 0
    hour = scene.TIMES.index(picture.time) + 1 if picture.time else 0
    sky = [backdrop, hour, ("", "rain", "snow").index(picture.weather)]
    sky += [int(flag) for flag in (picture.sun, picture.moon, picture.stars, picture.clouds, picture.rainbow)]
    size = 0
    if picture.kind == "single":
        size = 1 + (picture.things[0].size > 0.4) + (picture.things[0].size > 0.6)
    land = [
        scene.GROUNDS.index(picture.ground) + 1 if picture.ground else 0,
        KINDS.index(picture.kind),
        len(picture.things),
        size,
    ]
    return [number for slot in slots for number in slot] + sky + land


class Heads(nn.Module):
    """One linear reader per role and fact; they exist for the lessons only."""

    def __init__(self) -> None:
        super().__init__()
        facts = [(role, width) for role in range(6) for width in (len(WHATS), len(HUES))]
        facts += [(6, width) for width in SKY] + [(7, width) for width in LAND]
        self.roles = [role for role, _ in facts]
        self.heads = nn.ModuleList(nn.Linear(WIDTH, width) for _, width in facts)

    def forward(self, hidden: Tensor, tokens: Tensor, answers: Tensor) -> tuple[Tensor, Tensor]:
        """Loss, and per fact the share read rightly, over all registers of hidden (n, LENGTH, WIDTH)."""
        pads = tokens == 0
        losses, right = [], []
        place = torch.arange(words.LENGTH, device=tokens.device)
        for fact, (role, head) in enumerate(zip(self.roles, self.heads, strict=True)):
            chosen = pads & (place % ROLES == role)
            guess = head(hidden[chosen])
            truth = answers[:, fact : fact + 1].expand_as(tokens)[chosen]
            losses.append(nn.functional.cross_entropy(guess, truth))
            right.append((guess.argmax(-1) == truth).float().mean())
        return torch.stack(losses).sum(), torch.stack(right)


def wording(picture: scene.Scene, rng: Random) -> str:
    """A caption as training sees it: now and then with a word that nobody knows."""
    text = captions.caption(picture, rng)
    if rng.random() < 0.06:
        parts = text.split()
        for _ in range(rng.choice((1, 1, 2))):
            parts.insert(rng.choice((0, len(parts), rng.randrange(len(parts) + 1))), "qqq")
        text = " ".join(parts)
    return text


def train(minutes: float, seed: int = 11) -> CLIPTextModel:
    """Teach the encoder for a time and keep it among the work files."""
    path = pictures.WORK / "reader.pt"
    tokenizer = words.load()
    encoder = build(len(tokenizer))
    if path.exists():
        encoder.load_state_dict(torch.load(path, map_location="cpu"))
        return encoder.to(device.DEVICE).eval()
    torch.manual_seed(seed)
    rng, heads = Random(seed), Heads().to(device.DEVICE)
    encoder.to(device.DEVICE)
    parameters = [*encoder.parameters(), *heads.parameters()]
    optimiser = torch.optim.AdamW(parameters, 2e-3, betas=(0.9, 0.98), weight_decay=0.01)
    began, step, mean = time.monotonic(), 0, torch.zeros(len(heads.roles), device=device.DEVICE)
    while (part := (time.monotonic() - began) / 60 / minutes) < 1:
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * min(1, (step + 1) / 100) * (0.02 + 0.98 * (1 + math.cos(math.pi * part)) / 2)
        batch = _scenes(rng, 64)
        tokens = words.encode(tokenizer, [wording(picture, rng) for picture in batch])
        hidden = encoder(tokens).last_hidden_state
        loss, right = heads(hidden, tokens, _answers(batch))
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        step += 1
        mean.lerp_(right.detach(), 0.02 if step > 50 else 0.2)
        if step % 200 == 0:
            shown = " ".join(f"{value:.2f}" for value in mean.tolist())
            progress.tell(f"reader: {part:.0%}, step {step}, loss {loss.item():.2f}, right {shown}")
    torch.save(encoder.state_dict(), path)
    torch.save(heads.state_dict(), pictures.WORK / "reader_heads.pt")
    return encoder.eval()


def _answers(batch: list[scene.Scene]) -> Tensor:
    return torch.tensor([lesson(picture) for picture in batch], device=device.DEVICE)


def _scenes(rng: Random, count: int) -> list[scene.Scene]:
    found: list[scene.Scene] = []
    while len(found) < count:
        if not (picture := scene.sample(rng)).held_out:
            found.append(picture)
    return found


@torch.no_grad()
def examine(encoder: CLIPTextModel, count: int = 512) -> dict[str, float]:
    """Share of held-out pairs whose four slots the registers tell without a fault, by caption."""
    tokenizer, rng, heads = words.load(), Random(5), Heads().to(device.DEVICE)
    heads.load_state_dict(torch.load(pictures.WORK / "reader_heads.pt", map_location="cpu"))
    batch = [pictures.held_out_scene(number, kind="pair") for number in range(count)]
    tokens = words.encode(tokenizer, [captions.caption(picture, rng) for picture in batch])
    hidden = encoder(tokens).last_hidden_state
    _, right = heads(hidden, tokens, _answers(batch))
    return {"slots": float(right[:8].mean()), "worst": float(right.min())}


def main() -> None:
    """Teach the encoder from the command line."""
    parser = argparse.ArgumentParser(description="Teach the text encoder to read captions.")
    parser.add_argument("--minutes", type=float, default=8)
    torch.set_num_threads(1)
    progress.tell(str(examine(train(parser.parse_args().minutes))))


if __name__ == "__main__":
    main()
