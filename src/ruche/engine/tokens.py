"""How long a prompt is for a model, without loading the model.

A prompt longer than the text encoder reads would be cut silently by the stock pipeline; the doors must
refuse it instead, and they may not import torch. This file counts with the `tokenizers` package alone,
from `tokenizer.json` or from CLIP's `vocab.json` and `merges.txt`, and agrees with transformers.
It does not know what a model is; the shelf (`engine/shelf.py`) asks it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import models, normalizers, pre_tokenizers, processors

# How CLIP splits text into words, before the merges; the same expression as transformers uses.
CLIP_WORDS = (
    r"""<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
)


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts tokens as one model's tokenizer does; `limit` is what remains after begin and end marks."""

    tokenizer: tokenizers.Tokenizer
    limit: int

    def count(self, text: str) -> int:
        """The number of tokens in a text, without the begin and end marks."""
        return len(self.tokenizer.encode(text, add_special_tokens=False).ids)


def read(folder: Path, *, positions: int) -> Counter:
    """The counter for a tokenizer folder; `positions` is how many the text encoder has.

    Raises OSError, ValueError or KeyError where the folder cannot be read as a tokenizer.
    """
    whole = folder / "tokenizer.json"
    settings: dict[str, Any] = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    tokenizer = _from_file(whole) if whole.is_file() else _clip(folder, settings)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    longest = min(int(settings.get("model_max_length") or positions), positions)
    return Counter(tokenizer, longest - tokenizer.num_special_tokens_to_add(is_pair=False))


def _from_file(path: Path) -> tokenizers.Tokenizer:
    try:
        return tokenizers.Tokenizer.from_file(str(path))
    except Exception as fault:  # the package raises bare Exception for every fault in the file
        raise ValueError(f"{path.name} is not a tokenizer: {fault}") from fault


def _clip(folder: Path, settings: dict[str, Any]) -> tokenizers.Tokenizer:
    """CLIP's tokenizer from the two files of older model folders."""
    begin, end, unknown = (
        _mark(settings, name, default)
        for name, default in (
            ("bos_token", "<|startoftext|>"),
            ("eos_token", "<|endoftext|>"),
            ("unk_token", "<|endoftext|>"),
        )
    )
    vocabulary = json.loads((folder / "vocab.json").read_text("utf-8"))
    lines = (folder / "merges.txt").read_text("utf-8").split("\n")
    pairs = [line.split(" ") for line in lines if line and not line.startswith("#version")]
    merges = [(left, right) for left, right in pairs]
    tokenizer = tokenizers.Tokenizer(
        models.BPE(
            vocab=vocabulary,
            merges=merges,
            continuing_subword_prefix="",
            end_of_word_suffix="</w>",
            unk_token=unknown,
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(tokenizers.Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    split = pre_tokenizers.Split(tokenizers.Regex(CLIP_WORDS), behavior="removed", invert=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.add_special_tokens([begin, end])
    tokenizer.post_processor = processors.RobertaProcessing(
        (end, vocabulary[end]), (begin, vocabulary[begin]), trim_offsets=False, add_prefix_space=False
    )
    return tokenizer


def _mark(settings: dict[str, Any], name: str, default: str) -> str:
    mark = settings.get(name, default)
    return str(mark["content"] if isinstance(mark, dict) else mark)
