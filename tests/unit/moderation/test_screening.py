"""What a text is found to be: terms and what only holds them, ages, names, what nobody can read."""

import random
import time

import pytest

from ruche.cli import bench_ordinary
from ruche.moderation import registers, screening, wordlists

OWN = ("zebracorn", "marble quixotle", "grelt", "vlimmerstad", "crèmelune", "мяумишка", "ぬぬこま")


@pytest.fixture(scope="module")
def screener():
    return screening.Screener([wordlists.read(word, "toys") for word in OWN])


def judged(screener, text, **how):
    return screener.screen(text, **how).decision.name


@pytest.mark.parametrize(
    "text",
    [
        "a ZEBRACORN",
        "two zebracorns",
        "the zebracorn's hat",
        "marble  quixotle",
        "marble-quixotle",
        "quietly: grelt.",
        "crémelune",
        "CREMELUNE",
        "мяумишка",
        "МЯУМИШКА",
        "桜とぬぬこまの絵",
        "zebra corn",
        "zebra\ncorn",
        "(zebra:1.2)corn",
        "z e b r a c o r n",
        "zebracron",
        "z3br4c0rn",
    ],
)
def test_a_term_is_refused_as_a_word_however_it_is_written(screener, text):
    verdict = screener.screen(text)
    assert (verdict.decision.name, verdict.finding.category) == ("REFUSE", "toys")


@pytest.mark.parametrize(
    "text",
    ["greltboard", "engrelt", "a zebra in a cornfield", "marble, quiet", "a zebra and corn on a plate"],
)
def test_what_only_holds_the_letters_of_a_term_is_let_through(screener, text):
    assert judged(screener, text) == "ALLOW"


def test_a_long_term_inside_of_an_unknown_word_is_looked_at_and_not_refused(screener):
    assert judged(screener, "a megavlimmerstadion") == "REVIEW"


def test_a_negative_prompt_is_judged_for_everything_but_what_one_may_avoid(screener):
    assert judged(screener, "zebracorn", field="negative_prompt") == "REFUSE"
    for text in bench_ordinary.NEGATIVE:
        assert judged(screener, text, field="negative_prompt") == "ALLOW"


def test_ordinary_prompts_are_let_through(screener):
    rng = random.Random(4)
    refused = [text for text in bench_ordinary.prompts(300, rng) if judged(screener, text) != "ALLOW"]
    assert refused == []


@pytest.mark.parametrize(
    "text",
    [
        "12 years old",
        "a twelve-year-old",
        "12yo",
        "tw3lve year old",
        "age:13",
        "(age: 13:1.2)",
        "1２ years old",
        "aged 9",
        "7th grader",
        "her thirteenth birthday",
        "a woman, 15,",
        "14 ans",
        "quatorze ans",
        "12 años",
        "13 Jahre",
        "dreizehnjährig",
        "15 anos",
        "quinze anos",
        "14 anni",
        "quattordici anni",
        "14歳",
        "十四歳",
        "14岁",
        "十几岁",
        "14살",
        "열네 살",
        "13 лет",
        "тринадцать лет",
        "13 سنة",
        "١٣ سنة",
    ],
)
def test_an_age_below_eighteen_is_never_mature(screener, text):
    assert screener.screen(text, rating="mature").finding.code == "age_in_mature"


@pytest.mark.parametrize(
    "text",
    [
        "a 12 year old whisky",
        "18 years old",
        "a 10 year old car",
        "24 ans",
        "19歳",
        "스물한 살",
        "서른두 살",
        "八十代",
    ],
)
def test_other_ages_are_no_sign_of_youth(screener, text):
    found = screener.screen(text, rating="mature").finding
    assert found is None or found.category != "age"


PEOPLE = registers.Register(
    (
        ("person", "Marlo Quentwhistle"),
        ("artist", "Zanthe Orvalquist"),
        ("person", "Иван Квентов"),
        ("person", "田中花子"),
    ),
    99,
)


@pytest.mark.parametrize(
    "text",
    [
        "Marlo Quentwhistle",
        "Marla Quentwhisle",
        "quentwhistle, marlo",
        "MarloQuentwhistle",
        "m.a.r.l.o quentwhistle",
        "Marlo Quent whistle",
        "M4rlo Qu3ntwhistle",
        "М\u0430rlo Quentwhistle",
        "Иван Квентов",
        "Ivan Kventov",
        "田中花子",
    ],
)
def test_a_registered_person_is_named_in_no_mature_prompt_however_it_is_written(screener, text):
    findings = screener.screen(text, rating="mature", register=PEOPLE).findings
    assert "person_in_mature" in {one.code for one in findings}
    assert judged(screener, text, register=PEOPLE) == "ALLOW"


def test_a_first_name_alone_names_nobody(screener):
    assert judged(screener, "Marlo at the sea", register=PEOPLE) == "ALLOW"


def test_an_artist_who_opted_out_is_not_imitated_at_any_rating(screener):
    verdict = screener.screen("a hill, by zante orvalqvist", register=PEOPLE)
    assert (verdict.decision.name, verdict.finding.code) == ("REFUSE", "artist_opted_out")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ᚦᚱᛟᚾᛖ", "unread_script"),
        ("a xK9+fe2#aQ=8zR picture", "unread_code"),
        ("- .-- --. .. -.", "unread_signs"),
        ("q w x k p v b", "unread_letters"),
    ],
)
def test_what_nobody_can_read_is_looked_at_and_never_mature(screener, text, code):
    verdict = screener.screen(text)
    assert (verdict.decision.name, verdict.finding.code) == ("REVIEW", code)
    assert judged(screener, text, rating="mature") == "REFUSE"


@pytest.mark.parametrize(
    "bomb",
    [
        "e" + "\u0301" * 30_000,
        "\u202e\u200b" * 15_000,
        "&amp;" * 7_000,
        "%25" * 12_000,
        "((((" * 9_000,
        "a b " * 9_000,
        "-. " * 12_000,
        "A1b2" * 9_000,
        "1 " * 18_000,
        "abab" * 9_000,
        "x" * 36_000,
        "\U0001d56b" * 30_000,
    ],
)
def test_a_bomb_costs_no_more_than_its_length(screener, bomb):
    began = time.process_time()
    screener.screen(bomb)
    assert time.process_time() - began < 2


def test_time_grows_with_the_length_alone(screener):
    def seconds(length):
        taken = []
        for at in range(3):
            text = f"{at} " + bench_ordinary.of_words(length // 4, random.Random(at))[:length]
            began = time.process_time()
            screener.screen(text)
            taken.append(time.process_time() - began)
        return min(taken)

    assert seconds(32_000) < 8 * seconds(8_000)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a" * 40_001, "prompt_too_long"),
        ("a\x00", "control_characters"),
        ("\ud800", "control_characters"),
        ("\u200b", "prompt_empty"),
        ("a\tb\r\nc", None),
    ],
)
def test_what_is_not_judged_at_all_is_told_by_a_code(text, code):
    assert screening.unfit(text) == code


def test_a_verdict_names_its_rule_and_never_the_term(screener):
    verdict = screener.screen("a z\u0435bracorn", field="negative_prompt")
    assert verdict.field == "negative_prompt"
    assert "zebracorn" not in repr(verdict.findings)


def test_what_one_rating_was_told_is_not_told_to_another(screener):
    assert judged(screener, "a frobnicated hill") == "ALLOW"
    assert judged(screener, "a frobnicated hill", rating="mature") == "REFUSE"


@pytest.mark.parametrize(
    "name",
    [
        "M. Quentwhistle",
        "m quentwhistle",
        "Marlo the Quentwhistle",
        "Marlo Peter Quentwhistle",
        "Marlo 'the fox' Quentwhistle",
    ],
)
def test_a_name_is_found_with_an_initial_or_with_words_between(screener, name):
    found = screener.screen(f"{name}, studio light", rating="mature", register=PEOPLE)
    assert "person_in_mature" in {finding.code for finding in found.findings}
    artist = name.replace("Marlo", "Zanthe").replace("Quentwhistle", "Orvalquist")
    artist = artist.replace("M.", "Z.").replace("m quentwhistle", "z orvalquist")
    assert judged(screener, artist, register=PEOPLE) == "REFUSE"


@pytest.mark.parametrize("text", ["Quentwhistle", "B. Quentwhistle", "Marlo and Peter Quentwhistle"])
def test_a_last_name_alone_or_of_another_names_nobody(screener, text):
    found = screener.screen(text, rating="mature", register=PEOPLE)
    assert "person_in_mature" not in {finding.code for finding in found.findings}


@pytest.mark.parametrize("text", ["ゼブラコーン", "ぜぶらこーん", "зебракорн", "зэбракорну"])
def test_a_term_is_refused_in_letters_of_another_script(screener, text):
    assert judged(screener, f"a painting of {text} in a garden") == "REFUSE"


@pytest.mark.parametrize("text", ["ゼブラコン", "ゼビラコーン"])
def test_what_only_sounds_like_a_term_in_kana_is_looked_at(screener, text):
    assert judged(screener, f"a painting of {text} in a garden") == "REVIEW"


@pytest.mark.parametrize(
    "text", ["コーヒーとケーキのテーブル", "テレビゲームをするロボット", "Компьютер и джинсы на столе у окна"]
)
def test_ordinary_foreign_words_in_other_letters_are_let_through(screener, text):
    assert judged(screener, text) == "ALLOW"
