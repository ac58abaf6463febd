import pytest

from ruche import errors
from ruche.moderation import artists

GOOD = {"artist": "Anna Zebracorn", "aliases": "", "contact": "anna@example.org", "evidence": "my page"}


def faults(**fields):
    with pytest.raises(errors.BadInput) as refused:
        artists.wish(**GOOD | fields)
    return [fault.code for fault in refused.value.faults]


def test_a_request_is_read_with_its_blanks_single_and_each_further_name_once():
    wish = artists.wish(
        **GOOD | {"artist": "  Anna\u00a0 Zebracorn ", "aliases": "zebra; Quixotle,\nzebra,, "}
    )
    assert wish.artist == "Anna Zebracorn"
    assert wish.aliases == ("zebra", "Quixotle")


def test_ornamental_letters_become_plain_ones():
    wish = artists.wish(**GOOD | {"artist": "Ａnna 𝐙ebracorn"})
    assert wish.artist == "Anna Zebracorn"


@pytest.mark.parametrize(("fields", "codes"), [
    ({"artist": ""}, ["artist_empty"]),
    ({"artist": "a"}, ["artist_too_short"]),
    ({"artist": "!!!"}, ["artist_too_short"]),
    ({"artist": "x" * 121}, ["artist_too_long"]),
    ({"artist": "Anna\x00Zebra"}, ["artist_unprintable"]),
    ({"artist": "Anna\u202eZebra"}, ["artist_unprintable"]),
    ({"aliases": ",".join("abcdefghijk")}, ["too_many_aliases"]),
    ({"aliases": "good one, a"}, ["aliases_too_short"]),
    ({"contact": " "}, ["contact_empty"]),
    ({"contact": "x" * 201}, ["contact_too_long"]),
    ({"evidence": ""}, ["evidence_empty"]),
    ({"evidence": "x" * 1001}, ["evidence_too_long"]),
    ({"evidence": "\x07"}, ["evidence_unprintable"]),
    ({"artist": "", "contact": "", "evidence": ""}, ["artist_empty", "contact_empty", "evidence_empty"]),
])  # fmt: skip
def test_every_field_that_is_wrong_is_named(fields, codes):
    assert faults(**fields) == codes


@pytest.mark.parametrize("name", ["an", "red", "Light", "blue sky", "Sky-Blue", "Rose Brown", "of it"])
def test_everyday_words_alone_are_no_name_but_one_more_name_makes_them_one(name):
    assert artists.ordinary(name)
    assert faults(artist=name) == faults(artist=name, aliases="the light, red") == ["artist_ordinary"]
    wish = artists.wish(**GOOD | {"artist": name, "aliases": "Zebracorn"})
    assert wish.artist == name
    assert artists.wish(**GOOD | {"aliases": name}).aliases == (name,)


@pytest.mark.parametrize(
    "name", ["Anna Zebracorn", "Studio Quixotle", "Vincent of Zebracorn", "王希", "Анна"]
)
def test_one_word_that_is_not_everyday_makes_a_name(name):
    assert not artists.ordinary(name)
    assert artists.wish(**GOOD | {"artist": name}).artist == name


def test_what_a_name_would_refuse_is_counted_as_prompts_are_judged():
    texts = ["a red house under a blue sky", "a RED fish", "a sky that is blue", "an orange fish"]
    counts = artists.would_refuse(
        ["red", "blue sky", "an", "Zebracorn"], [*texts, "by Zebracorn", "zebrac0rn"]
    )
    assert counts == [2, 1, 1, 2]


@pytest.mark.parametrize("name", ["Аnna Zebracorn", "Ζebracorn", "zebrасorn", "O’Мeara"])
def test_a_word_of_two_alphabets_that_look_alike_is_a_disguise(name):
    assert artists.disguised(name)
    assert faults(artist=name) == ["artist_disguised"]


@pytest.mark.parametrize("name", [
    "Anna Zebracorn", "Анна Зебра", "Anna Зебра", "Άννα Ζέβρα", "山田 ゼブラ太郎", "José Ángel", "o'Zebra-Li",
])  # fmt: skip
def test_a_name_in_its_own_letters_is_none(name):
    assert not artists.disguised(name)
