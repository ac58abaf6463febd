"""Petite from nothing: ``python -m petite.train``.

Problem: a stranger must be able to make the weights again with one seeded command, in parts if the day is
short. Each stage keeps its result in ``petite/.work`` and is skipped or resumed when it finds it there:
pictures, latents, reader, painter, decoder, and at last the folder in the package.
"""

import argparse

import torch

from petite import codec, decoder, folder, painter, pictures, reader, rehearsal


def main() -> None:
    """Run or resume all stages."""
    parser = argparse.ArgumentParser(
        description="Draw, encode, read, paint, decode, export; resumes by itself."
    )
    parser.add_argument(
        "--minutes",
        type=float,
        default=1e9,
        help="stop the UNet's training after so many minutes of this part",
    )
    parser.add_argument(
        "--plan", type=float, default=150, help="minutes of UNet training in all parts together"
    )
    parser.add_argument("--reader-minutes", type=float, default=7)
    parser.add_argument("--decoder-minutes", type=float, default=40)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument(
        "--painter-only", action="store_true", help="leave decoder and export alone (they run beside)"
    )
    wish = parser.parse_args()
    torch.set_num_threads(wish.threads)
    pictures.make()
    codec.latents()
    reader.train(wish.reader_minutes)
    state = painter.train(wish.minutes, plan=wish.plan)
    if wish.painter_only or state.spent < wish.plan:
        return
    rehearsal.make()
    if not decoder.trained():
        decoder.train(wish.decoder_minutes)
    folder.export()


if __name__ == "__main__":
    main()
