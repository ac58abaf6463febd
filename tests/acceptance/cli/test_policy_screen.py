"""`ruche policy screen`, typed at the command line: prompts in, one verdict a line out, in order."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from ruche import errors
from ruche.cli import app


def screen(lines, *words, status=0):
    """The verdicts on these lines (prompts, or bytes as they are), as objects."""
    typed = b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
    )
    found = CliRunner().invoke(app.app, ["policy", "screen", "--json", *words], input=typed)
    if isinstance(found.exception, errors.RucheError):
        assert status == 1
        return found.exception.sentence
    assert (found.exit_code, found.exception) == (status, None)
    return [json.loads(line) for line in found.stdout.splitlines()]


@pytest.fixture
def lexicon(tmp_path):
    path = tmp_path / "terms.txt"
    path.write_bytes("\ufeffzebracorn\r\n\r\nmarble quixotle\r\n  grelt  \r\n".encode())
    return str(path)


def test_prompts_are_judged_in_order_with_every_key(lexicon):
    first, second, third = screen(
        ["a red circle", "a z\u0435bra\u200bcorn", "marble, quixotle"],
        "--lexicon",
        lexicon,
        "--category",
        "toys",
    )
    assert first == {
        "decision": "allow",
        "category": None,
        "code": None,
        "rule": None,
        "canonical": "a red circle",
    }
    assert second == {
        "decision": "refuse",
        "category": "toys",
        "code": "blocked_term",
        "rule": "lexicon",
        "canonical": "a zebracorn",
    }
    assert third["decision"] == "refuse"


def test_a_short_term_is_a_word_and_not_a_part_of_one(lexicon):
    found = screen(["a grelt", "grelts", "a greltboard", "an engrelted wall"], "--lexicon", lexicon)
    assert [one["decision"] for one in found] == ["refuse", "refuse", "allow", "allow"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "not_json"),
        (b"", "not_json"),
        (b"\xff\xfe\x00", "not_json"),
        (b"[" * 50_000, "not_json"),
        (b'["a"]', "not_text"),
        (b"12", "not_text"),
        (b'"\\ud800"', "control_characters"),
        (b'"a\\u0000"', "control_characters"),
        (b'""', "prompt_empty"),
        (b'"\\u200b"', "prompt_empty"),
        (b'"' + b"a" * 40_001 + b'"', "prompt_too_long"),
        (b'"' + b"a" * 3_000_000 + b'"', "prompt_too_long"),
    ],
)
def test_what_cannot_be_judged_is_refused_and_the_next_line_is_judged(line, code):
    bad, good = screen([line, "a red circle"])
    assert (bad["decision"], bad["code"], bad["rule"]) == ("refuse", code, "input")
    assert good["decision"] == "allow"


def test_a_mature_prompt_holds_words_of_the_vocabulary_alone():
    found = screen(["a red circle on a hill", "a frobnicated circle", "a 15 year old"], "--rating", "mature")
    assert [(one["decision"], one["code"]) for one in found] == [
        ("allow", None),
        ("refuse", "unknown_word"),
        ("refuse", "age_in_mature"),
    ]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (b"\xff\xfez\x00", "not UTF-8"),
        (b"z" * 300, "over 200 characters"),
        (b"z\n" * 17_000_000, "more than 32 MB"),
        (b"z\n" * 1_000_001, "more than 1000000 lines"),
    ],
)
def test_a_lexicon_that_cannot_be_used_is_told_in_a_sentence(tmp_path, written, words):
    path = tmp_path / "terms.txt"
    path.write_bytes(written)
    assert words in screen(["a"], "--lexicon", str(path), status=1)


def test_a_file_that_is_not_there_or_a_bad_category_is_told(tmp_path, lexicon):
    assert "cannot be used" in screen(["a"], "--lexicon", str(tmp_path / "none"), status=1)
    assert "short word" in screen(["a"], "--lexicon", lexicon, "--category", "A B", status=1)
    assert "cannot be read" in screen(["a"], "--policy", str(tmp_path / "none"), status=1)


def test_a_policy_names_lexicons_of_its_own(tmp_path, lexicon):
    path = tmp_path / "policy.toml"
    path.write_text(f'[prompts]\nlexicons = ["toys:{lexicon}"]\n')
    [found] = screen(["a zebracorn"], "--policy", str(path))
    assert (found["decision"], found["category"]) == ("refuse", "toys")


def test_no_database_and_no_torch_are_needed_and_no_term_is_told(lexicon):
    program = (
        "import sys\nfrom ruche.cli import app\nsys.argv = ['ruche', 'policy', 'screen', '--lexicon', "
        f"{lexicon!r}]\ntry:\n    app.main()\nfinally:\n"
        "    print([name for name in ('torch', 'psycopg', 'diffusers') if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], input=b'"zebra corn"\n{\n', capture_output=True, check=True
    )
    assert found.stdout.splitlines()[-1] == b"[]"
    assert found.stdout.startswith(b"refuse   lexicon: blocked_term (lexicon)")
    assert b"zebra" not in found.stdout
    assert found.stderr == b"ruche: line 2 cannot be judged and counts as refused: not_json.\n"
