"""The middle stage of a render: one step for a whole batch.

Renders at different steps, of different samplers and guidance, share one forward pass of the UNet and
one weighted sum. While the batch has the same members nothing is stacked anew; when somebody joins or
leaves, the latents go back to their renders and a new batch is made. It decides nothing: who is in the
batch, `engine/batch.py` and the engine say.
"""

from collections.abc import Callable, Sequence

import torch

from ruche.engine import attention, batch, memory, render, sampler


class Batch:
    """Renders that share their steps. The first rows are the prompts, then come the negative prompts."""

    def __init__(self, held: memory.Held, renders: Sequence[render.Render]) -> None:
        self.held = held
        self.renders = tuple(renders)
        device = held.weights.device
        self.x = torch.stack([r.x for r in renders])
        self.old = torch.stack([r.old for r in renders])
        self.x0 = self.old
        guided = [place for place, r in enumerate(renders) if r.negative is not None]
        count = len(renders)
        self.rows = count + len(guided)
        texts = [r.prompt for r in renders] + [r.negative for r in renders if r.negative is not None]
        self.embedding = torch.stack([text.embedding for text in texts])
        self.projections = held.crossings.stack([text.projections for text in texts])
        # Row i of the forward pass belongs to render sources[i]. A render without guidance is its own
        # partner, so that guidance adds an exact zero.
        self.sources = torch.tensor([*range(count), *guided], device=device)
        partners = list(range(count))
        for row, place in enumerate(guided, start=count):
            partners[place] = row
        self.partners = torch.tensor(partners, device=device) if guided else None
        scale = torch.tensor([r.recipe.guidance for r in renders], dtype=torch.float32, device=device)
        self.guidance = scale.view(-1, 1, 1, 1)
        self._tables(device)

    def _tables(self, device: torch.device) -> None:
        lengths = [r.table.steps for r in self.renders]
        starts = [sum(lengths[:place]) for place in range(len(lengths))]
        self.weights = torch.cat([r.table.weights for r in self.renders]).to(device)
        self.line = torch.tensor(
            [start + r.step for start, r in zip(starts, self.renders, strict=True)], device=device
        )
        clips = torch.tensor([r.table.clip for r in self.renders], dtype=torch.float32, device=device)
        self.clip = clips.view(-1, 1, 1, 1) if bool(torch.isfinite(clips).any()) else None
        self.ancestral = [place for place, r in enumerate(self.renders) if r.table.ancestral]
        self.noise = torch.zeros(self.x.shape) if self.ancestral else None

    def step(self) -> None:
        """One step for all; every render's `step` goes up by one. Nothing changes where it raises."""
        weights = self.weights.index_select(0, self.line)
        scaled = self.x * weights[:, sampler.SCALE].view(-1, 1, 1, 1)
        output = forward(
            self.held,
            scaled.index_select(0, self.sources),
            timesteps=weights[:, sampler.TIMESTEP].index_select(0, self.sources),
            embedding=self.embedding,
            projections=self.projections,
        )
        if self.partners is not None:
            prompted, other = output[: len(self.renders)], output.index_select(0, self.partners)
            output = other + self.guidance * (prompted - other)
        noise = self._draw()
        self.x, self.x0 = sampler.advance(
            self.x, output, self.old, noise=noise, weights=weights, clip=self.clip
        )
        self.old = self.x0
        self.line += 1
        for member in self.renders:
            member.step += 1

    def _draw(self) -> torch.Tensor | None:
        """Fresh noise for ancestral rows, each from its own generator, as its render alone would draw it."""
        if self.noise is None:
            return None
        for place in self.ancestral:
            row = self.noise[place : place + 1]
            torch.randn(row.shape, generator=self.renders[place].generator, out=row)
        return self.noise.to(self.x.device)

    def part(self) -> None:
        """Give every render its latents back."""
        for place, member in enumerate(self.renders):
            member.x, member.old = self.x[place], self.old[place]


def forward(
    held: memory.Held,
    x: torch.Tensor,
    *,
    timesteps: torch.Tensor,
    embedding: torch.Tensor,
    projections: list[attention.Projection],
) -> torch.Tensor:
    """The UNet's output (rows, channels, height, width) for rows at timesteps of their own."""
    held.crossings.show(projections)
    made: torch.Tensor = held.weights.unet(x, timesteps, encoder_hidden_states=embedding, return_dict=False)[
        0
    ]
    return made


def trial(held: memory.Held, bucket: batch.Bucket) -> Callable[[int], None]:
    """A forward pass of so many rows that means nothing, for measuring."""

    def run(rows: int) -> None:
        text = held.texts.encode("")
        x = torch.zeros(
            (rows, held.weights.channels, bucket.height, bucket.width), device=held.weights.device
        )
        with torch.inference_mode():
            forward(
                held,
                x,
                timesteps=torch.full((rows,), 500.0, device=x.device),
                embedding=text.embedding.expand(rows, -1, -1),
                projections=held.crossings.stack([text.projections] * rows),
            )
        if x.is_cuda:
            torch.cuda.synchronize(x.device)

    return run
