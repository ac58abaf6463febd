"""The finished model as an ordinary diffusers folder.

Problem: the code that loads Petite is the code that loads Stable Diffusion, so Petite must look like it: a
``StableDiffusionPipeline`` in half precision with nothing unusual but its size, and a ``ruche.json`` with the
settings that it draws best at, as any model on the shelf may have. The folder is written
beside its place and moved in at once, so that a reader never sees half of it.
"""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any, Final

import torch
from diffusers import StableDiffusionPipeline
from transformers import CLIPTextModel, PreTrainedTokenizerFast

from petite import codec, painter, pictures, progress, reader, words

TARGET: Final = Path(__file__).parents[1] / "src" / "ruche" / "engine" / "petite"

NATIVE: Final[dict[str, Any]] = {
    "note": "A small model that comes with Ruche: simple shapes, colours and scenes, at home on a CPU.",
    "steps": 20,
    "guidance": 2.5,
}


def assemble() -> StableDiffusionPipeline:
    """The pipeline from the work files, in single precision, with the averaged UNet."""
    tokenizer: PreTrainedTokenizerFast = words.load()
    encoder: CLIPTextModel = reader.build(len(tokenizer))
    encoder.load_state_dict(torch.load(pictures.WORK / "reader.pt", map_location="cpu"))
    unet = painter.build()
    unet.load_state_dict(
        torch.load(pictures.WORK / "painter.pt", map_location="cpu", weights_only=False)["average"]
    )
    return StableDiffusionPipeline(
        vae=codec.load(),
        text_encoder=encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=painter.noise_schedule(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def export(target: Path = TARGET) -> float:
    """Write the folder and give back its size in MB."""
    aside = target.with_name(f".{target.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    pipeline = assemble()
    for part in (pipeline.unet, pipeline.text_encoder, pipeline.vae):
        part.half()
    pipeline.save_pretrained(aside, safe_serialization=True)
    (aside / "ruche.json").write_text(json.dumps(NATIVE, indent=2) + "\n", encoding="utf-8")
    for path in aside.rglob("*.safetensors"):
        path.chmod(0o644)
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    aside.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    return sum(path.stat().st_size for path in target.rglob("*") if path.is_file()) / 1e6


def main() -> None:
    """Export from the command line."""
    parser = argparse.ArgumentParser(description="Write the diffusers folder from the work files.")
    parser.add_argument("--to", type=Path, default=TARGET)
    wish = parser.parse_args()
    progress.tell(f"{export(wish.to):.1f} MB in {wish.to}")


if __name__ == "__main__":
    main()
