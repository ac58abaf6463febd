"""Random-weight Stable Diffusion 1.x folders of any size, for benchmarks and tests.

Speed and exactness can be measured without a trained model, but only on a real pipeline: real layers,
real samplers, the real folder format. This file makes such folders, seeded. It knows nothing of the
engine that loads them, and what they draw means nothing.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import diffusers
import tokenizers
import torch
import transformers
from tokenizers import models, normalizers, pre_tokenizers, processors

WORDS = ("a", "red", "green", "blue", "circle", "square", "above", "below", "hill", "sea", "sun", ",", ".")
PAD, BEGIN, END, OTHER = MARKS = ("<pad>", "<begin>", "<end>", "<other>")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a folder is made like. The defaults are as small as a pipeline gets."""

    widths: tuple[int, ...] = (16, 32)
    """Channels of the UNet from the outside in."""
    layers: int = 1
    text_width: int = 16
    latent: int = 8
    """The native side in latents."""
    channels: int = 4
    tokens: int = 16
    tiny_vae: bool = False
    vae_widths: tuple[int, ...] = (8, 8, 8, 8)
    sampling: dict[str, Any] = field(default_factory=dict)
    """Changes to the configuration of the noise schedule, which is Stable Diffusion's."""
    seed: int = 0


def build(path: Path, shape: Shape | None = None) -> Path:
    """Write a pipeline folder and return its path; the same shape gives the same weights."""
    shape = shape or Shape()
    random = torch.random.get_rng_state()
    torch.manual_seed(shape.seed)
    try:
        pipeline = diffusers.StableDiffusionPipeline(
            unet=_unet(shape),
            vae=_tiny_vae(shape) if shape.tiny_vae else _vae(shape),
            text_encoder=_text_encoder(shape),
            tokenizer=_tokenizer(shape.tokens),
            scheduler=_schedule({}),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        pipeline.save_pretrained(path, safe_serialization=True)
        _schedule(shape.sampling).save_pretrained(
            path / "scheduler"
        )  # as it is: the pipeline would correct it
    finally:
        torch.random.set_rng_state(random)
    return path


def _unet(shape: Shape) -> Any:
    deep = len(shape.widths) - 1
    return diffusers.UNet2DConditionModel(
        sample_size=shape.latent,
        in_channels=shape.channels,
        out_channels=shape.channels,
        block_out_channels=shape.widths,
        layers_per_block=shape.layers,
        down_block_types=("CrossAttnDownBlock2D",) * deep + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * deep,
        cross_attention_dim=shape.text_width,
        attention_head_dim=4,
        norm_num_groups=8,
    )


def _vae(shape: Shape) -> Any:
    widths = shape.vae_widths
    return diffusers.AutoencoderKL(
        latent_channels=shape.channels,
        block_out_channels=widths,
        down_block_types=("DownEncoderBlock2D",) * len(widths),
        up_block_types=("UpDecoderBlock2D",) * len(widths),
        norm_num_groups=4,
        scaling_factor=0.5,
    )


def _tiny_vae(shape: Shape) -> Any:
    widths = shape.vae_widths
    vae = diffusers.AutoencoderTiny(
        latent_channels=shape.channels,
        encoder_block_out_channels=widths,
        decoder_block_out_channels=widths,
        num_encoder_blocks=(1,) * len(widths),
        num_decoder_blocks=(1,) * len(widths),
    )
    with torch.no_grad():  # as it is initialised, everything would come out black
        vae.decoder.layers[-1].weight *= 8
        vae.decoder.layers[-1].bias += 0.5
    return vae


def _text_encoder(shape: Shape) -> Any:
    width = shape.text_width
    return transformers.CLIPTextModel(
        transformers.CLIPTextConfig(
            vocab_size=len(MARKS) + len(WORDS),
            hidden_size=width,
            intermediate_size=2 * width,
            projection_dim=width,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=shape.tokens,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
        )
    )


def _tokenizer(tokens: int) -> Any:
    vocabulary = {word: place for place, word in enumerate((*MARKS, *WORDS))}
    words = tokenizers.Tokenizer(models.WordLevel(vocabulary, unk_token=OTHER))
    words.normalizer = normalizers.Lowercase()
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A {END}", special_tokens=[(BEGIN, 1), (END, 2)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=words,
        model_max_length=tokens,
        pad_token=PAD,
        bos_token=BEGIN,
        eos_token=END,
        unk_token=OTHER,
    )


def _schedule(changes: dict[str, Any]) -> Any:
    usual = {
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "clip_sample": False,
        "set_alpha_to_one": False,
        "steps_offset": 1,
    }
    return diffusers.DDIMScheduler(**(usual | changes))
