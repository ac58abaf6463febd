"""Counting tokens without torch agrees with transformers."""

import json

import pytest
import transformers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import pre_tokenizers

from ruche.engine import tokens

BEGIN, END = "<|startoftext|>", "<|endoftext|>"
PROMPTS = [
    "",
    "a red circle above a blue square",
    "A  Red\tCIRCLE,\nabove a blue square!!!",
    "it's the cat's, isn't it",
    "çà et là, naïve 1234 日本語 🙂",
    f"words {END} after a mark {BEGIN}",
]


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    """A small tokenizer in CLIP's older two files."""
    folder = tmp_path_factory.mktemp("clip")
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("r", "e"), ("re", "d</w>"), ("c", "i"), ("ci", "r"), ("c", "l"), ("cl", "e</w>"), ("t", "h")]
    words = letters + [letter + "</w>" for letter in letters] + ["".join(pair) for pair in merges]
    vocabulary = {word: place for place, word in enumerate([*words, BEGIN, END])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines), "utf-8")
    settings = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "pad_token": END}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    return folder


@pytest.fixture(scope="module")
def clip(clip_folder):
    return tokens.read(clip_folder, positions=77), transformers.CLIPTokenizer.from_pretrained(clip_folder)


def truth(tokenizer, text):
    return len(tokenizer(text, add_special_tokens=False).input_ids)


def test_a_limit_leaves_out_the_begin_and_end_marks(clip, sound_folder):
    assert clip[0].limit == 75
    assert tokens.read(sound_folder / "tokenizer", positions=16).limit == 14


def test_the_text_encoder_limits_what_the_tokenizer_does_not(clip_folder):
    assert tokens.read(clip_folder, positions=20).limit == 18


@pytest.mark.parametrize("prompt", PROMPTS)
def test_clip_counts_as_transformers_does(clip, prompt):
    counter, tokenizer = clip
    assert counter.count(prompt) == truth(tokenizer, prompt)


@given(st.text(max_size=40))
def test_clip_counts_any_text_as_transformers_does(clip, text):
    counter, tokenizer = clip
    assert counter.count(text) == truth(tokenizer, text)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_words_count_as_transformers_counts_them(sound_folder, prompt):
    tokenizer = transformers.AutoTokenizer.from_pretrained(sound_folder / "tokenizer")
    counter = tokens.read(sound_folder / "tokenizer", positions=16)
    assert counter.count(prompt) == truth(tokenizer, prompt)
