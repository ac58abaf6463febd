"""Ages that a text states: "12 years old", "twelve-year-old", "aged 9", "7th grade", "14 ans", "15歳".

A pattern rule beside the terms of the lexicons, since numbers have too many spellings for a list. Linear:
no pattern repeats what may itself repeat. Whether an age matters is not decided here, only that it is one
below eighteen and not that of a car.
"""

import functools
import re
from collections.abc import Iterator
from typing import Final

import ahocorasick

from ruche.moderation import wordlists

_ADULT: Final = 18
_DIGIT: Final = r"(?<![\d.])(?P<digits>\d{1,2})(?!\d)"
_ROMAN: Final = dict(
    zip(
        ("ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii"),
        (2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17),
        strict=True,
    )
)
_HAN: Final = {numeral: value for value, numeral in enumerate("一二三四五六七八九", 1)}
_LEET: Final = str.maketrans("013457@$", "oleastas")
_MIXED: Final = re.compile(r"(?<![a-z0-9@$])(?=[a-z0-9@$]*[a-z])(?=[a-z]*[0-9@$])[a-z0-9@$]+")
_BORDER: Final = re.compile(r"[a-z][0-9@$]|[0-9@$][a-z]")
# "a woman, 15,"
_BESIDE: Final = re.compile(r"[\s,(:-](\d{1,2})(?=\s?(?:[,.;)]|$))")
_PERSONS: Final = (
    "girl",
    "boy",
    "woman",
    " man",
    "female",
    "male",
    "lady",
    "model",
    "person",
    "daughter",
    " son",
)
_DIGITS: Final = re.compile(r"\d")
# A number and its sign are not further apart.
_NEAR: Final = 60
_VERBS: Final = ("'s", "’s", " s", " is", " are", " was")
_WHO: Final = [f"{who}{verb}" for who in ("she", "he", "they", "who") for verb in _VERBS]
_WORD: Final = re.compile(r"[a-z]+")


def minor(text: str) -> bool:
    """Whether a person below eighteen is given an age in this lower-case text."""
    # Words of letters alone, most of a text, are what they are.
    mixed = " ".join([token for token in text.split() if not token.isalpha()])
    read = text
    if _BORDER.search(mixed) and _MIXED.sub(_unleeted, mixed) != mixed:
        read = _MIXED.sub(_unleeted, text)
    return any(found for one in {text, read} for found in _found(one))


def _found(text: str) -> Iterator[bool]:
    patterns = _patterns()[1]
    for number in sorted(_worth(text)):
        pattern, numbers = patterns[number]
        for match in pattern.finditer(text):
            years = _years(match, numbers)
            if years is not None and years < _ADULT and not _is_thing(text, match):
                yield True
    for match in _BESIDE.finditer(text) if _DIGITS.search(text) else ():
        if int(match[1]) < _ADULT and text[max(0, match.start() - 16) : match.start()].rstrip(
            " ,(:-"
        ).endswith(_PERSONS):
            yield True


def _worth(text: str) -> set[int]:
    """The patterns that may match: a sign of theirs is in the text, and a number near it.

    Most texts hold a sign of none or few of them, and signs and numbers are found in one pass. Numbers of
    other scripts are not told, so in their texts a sign is enough.
    """
    found: set[int] = set()
    told = text.isascii()
    last, waiting = -_NEAR - 1, list[tuple[int, tuple[int, ...]]]()
    for end, (is_number, numbers, length) in _patterns()[0].iter(text):
        if length and end >= length and text[end - length].isalnum():
            # The "ten" of "often" and the "he is" of "the island".
            continue
        if is_number:
            last = end
            for at, earlier in waiting:
                if end - at <= _NEAR:
                    found.update(earlier)
            waiting = []
        if not told or end - last <= _NEAR:
            found.update(numbers)
        elif numbers:
            waiting.append((end, numbers))
    return found


def _years(match: re.Match[str], numbers: dict[str, int]) -> int | None:
    groups = match.groupdict()
    if digits := groups.get("digits"):
        return int(digits)
    if word := groups.get("word"):
        return numbers.get(re.sub(r"[\s-]+", "-", word), numbers.get(word))
    if han := groups.get("han"):
        tens, ten, ones = han.rpartition("十")
        return (10 * _HAN.get(tens, 1) if ten else 0) + _HAN.get(ones, 0)
    return 0


def _is_thing(text: str, match: re.Match[str]) -> bool:
    after = _WORD.findall(text, match.end(), match.end() + 40)[:2]
    before = _WORD.findall(text, max(0, match.start() - 24), match.start())[-1:]
    return any(word in _things() for word in (*after, *before))


def _unleeted(found: re.Match[str]) -> str:
    word = found[0]
    # "12yo" is a number before letters, "tw3lve" a word.
    number = re.match(r"\d{1,2}(?=[a-z])", word)
    return word if number and word[number.end() :].isalpha() else word.translate(_LEET)


@functools.cache
def _things() -> frozenset[str]:
    return frozenset(wordlists.lines("en_things"))


_Pattern = tuple[tuple[str, ...], str, dict[str, int]]


@functools.cache
def _patterns() -> tuple[ahocorasick.Automaton, list[tuple[re.Pattern[str], dict[str, int]]]]:
    """The patterns, and what must be in a text at least.

    Of that: whether it is a number, which patterns it is a sign of, how long it is if a word begins with it.
    """
    found = [*_english(), *_ordinals(), *_others()]
    by_sign: dict[str, list[int]] = {}
    for number, (signs, _, _) in enumerate(found):
        for sign in signs:
            by_sign.setdefault(sign, []).append(number)
    written = {*"0123456789", "eighteen", "sixteen"}.union(*(numbers for _, _, numbers in found))
    automaton = ahocorasick.Automaton()
    for sign in by_sign.keys() | written:
        begins = sign in _WHO or (sign in written and not sign.isdigit())
        automaton.add_word(sign, (sign in written, tuple(by_sign.get(sign, ())), begins * len(sign)))
    automaton.make_automaton()
    return automaton, [(re.compile(text), numbers) for _, text, numbers in found]


def _english() -> Iterator[_Pattern]:
    numbers = _numbers("en") | {"dozen": 12} | _ROMAN
    number = rf"(?:{_DIGIT}|\b(?P<word>{_any(numbers)}))"
    for signs, text in (
        (
            "year,yr,y old,y-old,yold,y of age",
            rf"{number}[\s-]?(?:and a half[\s-])?(?:years?|yrs?|y)[\s.-]{{0,2}}(?:olds?|of age|young)\b",
        ),
        ("summer,winter,spring", rf"{number}[\s-](?:summers|winters|springs)[\s-](?:old|young)\b"),
        (
            "month,week,days,day old,day-old",
            rf"{number}[\s-]?(?:months?|weeks?|days?)[\s-]?(?:olds?|of age)\b",
        ),
        (
            " yo,1yo,2yo,3yo,4yo,5yo,6yo,7yo,8yo,9yo,0yo,-yo,y/o,y.o,y o,y-o",
            rf"{_DIGIT}[\s-]?y[\s.-]?/?[\s.-]?o\b",
        ),
        (
            "aged,age ,age:,age=,age-,ages",
            rf"\b(?:aged?|age of|ages)[\s:=-]{{0,3}}{number}\b(?!\s?(?:%|percent|century|th\b))",
        ),
        ("turn", rf"\bturn(?:s|ed|ing) {_DIGIT}\b(?! ?degrees)"),
        (
            ",".join(_WHO),
            rf"\b(?:she|he|they|who)(?:['’ ]s| is| are| was) (?:only |just |about )?{number}\b(?! of)",
        ),
        (
            "grade,year,class,form",
            r"\b(?:grade|year|class|form)[\s-](?P<digits>\d{1,2}) (?:student|pupil|class|girl|boy|kid)",
        ),
        ("grade", r"\bgrade[\s-]?(?P<digits>[1-9]|1[0-2])\b"),
        (
            "sweet,18,eighteen",
            r"\bsweet (?:sixteen|16)\b|\b(?:under|below|younger than|less than) (?:18|eighteen)\b",
        ),
        ("born", r"\bborn (?:in |on )?(?:[a-z]{1,20} )?20(?:09|[12]\d)\b"),
    ):
        yield tuple(signs.split(",")), text, numbers


def _ordinals() -> Iterator[_Pattern]:
    numbers = {word: number for number, word in enumerate(wordlists.lines("en_ordinals"), 1)}
    nth = rf"(?:(?<!\d)(?P<digits>\d{{1,2}})(?:st|nd|rd|th)|\b(?P<word>{_any(numbers)}))"
    yield ("birthday", "grade"), rf"{nth}[\s-](?:birthday|grader?s?)\b", numbers


def _others() -> Iterator[_Pattern]:
    yield tuple("歳才岁歲"), rf"(?:{_DIGIT}|(?P<han>[一二三四五六七八九十]{{1,3}}))\s?(?:歳|才|岁|歲)", {}
    yield (
        tuple("살세"),
        (
            # Not the end of twenty-one or of thirty-one.
            r"(?<![물른흔쉰순든])(?<![물른흔쉰순든] )(?:열\s?)?"
            r"(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉)\s?살|열\s?살"
            r"|(?<![이삼사오육칠팔구])십[일이삼사오육칠]\s?세"
        ),
        {},
    )
    yield ("十几", "十幾", "十代"), r"(?<![二三四五六七八九])(?:十[几幾][岁歲]|十代(?!目))", {}
    yield tuple("살세"), rf"{_DIGIT}\s?(?:살|세(?!기|트|계|대))", {}
    yield ("سن", "عام", "عوام"), rf"{_DIGIT}\s?(?:سنة|سنوات|سنين|عام|اعوام|أعوام)", {}
    for language, signs, years in (
        (
            "fr",
            (" ans", "-ans", "0ans", "1ans", "2ans", "3ans", "4ans", "5ans", "6ans", "7ans", "8ans", "9ans"),
            r"ans\b",
        ),
        ("es", ("años", "anos", "añitos"), r"(?:años|anos|añitos)\b"),
        ("de", ("jahr", "jähr", "jaehr"), r"(?:jahren?\b|j(?:ä|a|ae)hrig)"),
        ("pt", ("anos", "aninhos"), r"(?:anos|aninhos)\b"),
        ("it", ("anni", "enne"), r"(?:anni|enne)\b"),
        ("ru", ("лет", "год"), r"(?:лет|год)"),
    ):
        numbers = _numbers(language)
        yield signs, rf"(?:{_DIGIT}|\b(?P<word>{_any(numbers)}))[\s-]?{years}", numbers


def _numbers(language: str) -> dict[str, int]:
    return {word: number for number, word in enumerate(wordlists.lines(f"{language}_numbers"), 1)}


def _any(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))
