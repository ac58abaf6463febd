"""From text to numbers: the lower-casing word tokenizer.

Problem: the vocabulary is small and people type capitals, full stops and words that Petite never met. The
tokenizer lowers the case, splits at spaces and punctuation, maps unknown words to ``[UNK]``, and pads to a
fixed length. It is an ordinary fast tokenizer file that stock transformers loads. It does not know what
words mean: ``reader`` learns that.
"""

from random import Random
from typing import Any, Final

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from petite import captions, device, pictures, scene

LENGTH: Final = 32
"""Tokens per caption, start and end included: thirty words."""
SINGULAR: Final = (
    "boat", "cabin", "cat", "cottage", "flower", "house", "kitten", "lighthouse", "pine", "rainbow",
    "sailboat", "ship", "tree", "whale",
)  # fmt: skip
"""Words that the captions hold in the singular only."""
PAD, UNKNOWN, START, END = "[PAD]", "[UNK]", "[BOS]", "[EOS]"


def vocabulary() -> list[str]:
    """Every word the captions can hold, found by wording many scenes; sorted, special tokens first."""
    splitter = _splitter()
    found: set[str] = set()
    rng = Random(1)
    for _ in range(60_000):
        text = captions.caption(scene.sample(rng), rng)
        found.update(word for word, _ in splitter.pre_tokenize_str(text.lower()))
    return [PAD, UNKNOWN, START, END, *sorted(found)]


def _splitter() -> Any:
    return pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()])


def singular() -> Any:
    """Reads several things that Petite knows one of as that one: better a boat than none."""
    several = "|".join(SINGULAR)
    return normalizers.Replace(Regex(rf"(?<=\b({several}))s\b"), "")


def build() -> PreTrainedTokenizerFast:
    """Make the tokenizer from nothing."""
    words = {word: index for index, word in enumerate(vocabulary())}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.StripAccents(), singular()]
    )
    tokenizer.pre_tokenizer = _splitter()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}", special_tokens=[(START, words[START]), (END, words[END])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=START,
        eos_token=END,
        unk_token=UNKNOWN,
        pad_token=PAD,
        model_max_length=LENGTH,
    )


def load() -> PreTrainedTokenizerFast:
    """The tokenizer, made on the first call and kept among the work files."""
    folder = pictures.WORK / "tokenizer"
    if not (folder / "tokenizer.json").exists():
        build().save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def encode(tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> Any:
    """Token numbers, (len(texts), LENGTH), int64 tensor."""
    found = tokenizer(texts, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt")
    return found.input_ids.to(device.DEVICE)
