"""The tokenizer in the shipped folder: lower case, words it does not know, and a fixed end."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer

FILE = Path(__file__).parents[3] / "src" / "ruche" / "engine" / "petite" / "tokenizer" / "tokenizer.json"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(FILE))


def test_capitals_and_a_full_stop_change_no_word(tokenizer: Tokenizer):
    plain = tokenizer.encode("a red circle above a blue square").tokens
    assert tokenizer.encode("A Red Circle ABOVE a Blue Square").tokens == plain
    assert tokenizer.encode("A red circle above a blue square.").tokens[:-2] == plain[:-1]


def test_words_of_the_house_are_known(tokenizer: Tokenizer):
    text = "a small red house on the hills at sunset with a white cat and a hot air balloon in the snow"
    assert "[UNK]" not in tokenizer.encode(text).tokens


def test_several_are_read_as_one_where_petite_knows_only_one(tokenizer: Tokenizer):
    tokens = tokenizer.encode("Boats by houses, trees, and treasons").tokens
    assert tokens == ["[BOS]", "boat", "by", "house", ",", "tree", ",", "and", "[UNK]", "[EOS]"]


def test_unknown_words_become_one_token_each(tokenizer: Tokenizer):
    tokens = tokenizer.encode("a zeppelin above ☃").tokens
    assert tokens == ["[BOS]", "a", "[UNK]", "above", "[UNK]", "[EOS]"]


def test_nothing_is_just_a_start_and_an_end(tokenizer: Tokenizer):
    assert tokenizer.encode("").tokens == ["[BOS]", "[EOS]"]
