"""The operator's policy: numbers and lists that make the house stricter than its floor, never laxer.

One TOML text, in versions. Version 0 is `policy.toml` beside this file, which the program ships; an
operator's text states what it changes. What may be stated, and within which bounds, is the dataclasses
below; a text that leaves them is refused with every fault at once. Every decision records the version
that made it. How a version comes into force is `adoption.py`'s to know.
"""

import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from ruche import errors
from ruche.moderation import bounds
from ruche.moderation.versions import lexicons
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

SHIPPED: Final = Path(__file__).with_name("policy.toml")
LONGEST: Final = 64 * 1024
# Faults are told all at once, but a text of nonsense is not repeated to its writer line by line.
MOST_FAULTS: Final = 50
# The languages that the shipped lexicons cover; a policy may add to them.
LANGUAGES: Final = ("en", "fr", "es", "de", "pt", "it", "ja", "zh", "ko", "ru", "ar")


def _entry(default: Any, bound: bounds.Bound, words: str) -> Any:
    return field(default=default, metadata={"bound": bound, "words": words})


def _number(default: float, *, end: float, words: str, floor: float | None = None) -> Any:
    """A number whose floor is the shipped value unless another is given."""
    whole = isinstance(default, int)
    bound = bounds.Number(default if floor is None else floor, end, whole)
    return _entry(default, bound, words)


@dataclass(frozen=True, slots=True)
class Prompts:
    """How texts are judged."""

    lexicons: tuple[str, ...] = _entry(
        (),
        bounds.Lines(r"[a-z][a-z_]{0,39}:\S.*", "category:/path/to/terms.txt"),
        "Files of further terms, a term a line, each with its category; a version keeps what they say.",
    )
    languages: tuple[str, ...] = _entry(
        LANGUAGES,
        bounds.Lines(r"[a-z]{2,3}", "en", LANGUAGES),
        "The languages whose lexicons are read; one more needs a lexicon whose file begins with it (`nl_…`).",
    )
    refusals_a_day: int = _number(
        5, end=1, words="So many refusals of one member within a day bring them to a moderator's notice."
    )


@dataclass(frozen=True, slots=True)
class Images:
    """How pictures are judged."""

    distance: int = _number(
        31, end=60, words="Fingerprints that differ in at most so many of 256 bits are the same picture."
    )
    classifier: str = _entry("", bounds.Text(), "The installed classifier, by path; empty for none.")
    deadline: float = _number(
        2.0, end=0.05, words="Seconds that the classifier has for one image; later is no answer."
    )
    review: float = _number(0.5, end=0.01, words="From this score on an image waits for a person.")
    near: float = _number(
        0.3, end=0.0, words="From this score on an image is looked at although it passed; at most `review`."
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """How people decide."""

    reviewers: tuple[str, ...] = _entry(
        (),
        bounds.Lines(r"\S.{0,59}", "Ada"),
        "Who reviews, by name, of those who may; empty for every moderator and operator.",
    )
    claim_minutes: int = _number(
        15, floor=30, end=1, words="Minutes that a claim of a case holds before another may take it."
    )
    oldest_hours: int = _number(
        72, end=1, words="An open case that is older than so many hours pauses publishing."
    )
    notice_hours: int = _number(48, end=1, words="Hours in which a notice from outside is decided.")
    appeal_days: int = _number(20, end=365, words="Days in which a member may appeal.")
    exposure_an_hour: int = _number(
        60, end=1, words="Restricted or sensitive images that one moderator looks at in an hour."
    )
    least_sample: float = _number(
        0.01, end=1.0, words="The share of unflagged images that is looked at whatever is found."
    )


@dataclass(frozen=True, slots=True)
class Members:
    """What newcomers may do."""

    newcomer_days: int = _number(3, end=365, words="Days for which somebody who joined is a newcomer.")
    newcomer_waiting: int = _number(5, end=1, words="Jobs that a newcomer may have waiting or under way.")


@dataclass(frozen=True, slots=True)
class Retention:
    """How long records stay; never less than the law or an appeal needs."""

    refusals_days: int = _number(
        180,
        floor=30,
        end=730,
        words="Days that a refused text stays; at least as many as `desk.appeal_days`.",
    )
    vault_days: int = _number(365, end=3650, words="Days that sealed evidence is held at least.")


@dataclass(frozen=True, slots=True)
class Mature:
    """What must be there before this house can make mature images; `mature.py` looks at all of it."""

    allowed: bool = _entry(False, bounds.Flag(), "Whether the switch may be turned on at all.")  # noqa: FBT003
    age_provider: str = _entry(
        "",
        bounds.Text(60),
        "Who verifies ages, as it stands in the records of assurance; never a member's own word.",
    )
    assurance_days: int = _number(730, end=1, words="Days after which a verified age must be verified again.")
    least_accuracy: float = _number(
        0.95, end=1.0, words="The accuracy that the recorded evaluation of the classifier must reach."
    )
    least_reviewers: int = _number(2, end=100, words="How many people must be able to review.")
    hash_source: str = _entry("", bounds.Text(60), "The bank of known-bad fingerprints, by name.")
    waiver: str = _entry(
        "", bounds.Text(2000), "Where there is no such bank: why not, in a sentence that somebody signs for."
    )
    legal_contact: str = _entry("", bounds.Text(200), "Whom authorities and counsel can reach.")


@dataclass(frozen=True, slots=True)
class Policy:
    """One version."""

    version: int = 0
    prompts: Prompts = field(default_factory=Prompts)
    images: Images = field(default_factory=Images)
    desk: Desk = field(default_factory=Desk)
    members: Members = field(default_factory=Members)
    retention: Retention = field(default_factory=Retention)
    mature: Mature = field(default_factory=Mature)
    brought: tuple[lexicons.Lexicon, ...] = ()
    """What stands in the files of `prompts.lexicons`; `with_terms` and `in_force` give it."""


SECTIONS: Final[dict[str, type[Any]]] = {
    "prompts": Prompts,
    "images": Images,
    "desk": Desk,
    "members": Members,
    "retention": Retention,
    "mature": Mature,
}


def parse(text: str, *, version: int = 0) -> Policy:
    """The policy that this text states. Raises `errors.PolicyUnfit` with every fault."""
    stated = _toml(text)
    faults = list(_faults(stated))
    if not faults:
        made = _built(stated, version)
        faults = list(_at_odds(made))
        if not faults:
            return made
    raise errors.PolicyUnfit(faults[:MOST_FAULTS])


def with_terms(made: Policy, brought: tuple[lexicons.Lexicon, ...] | None = None) -> Policy:
    """The same with the terms of its lexicons, read from its files where they were not brought.

    Raises `errors.PolicyUnfit`.
    """
    named = made.prompts.lexicons
    found = lexicons.read(named) if brought is None else lexicons.all_brought(named, brought)
    return replace(made, brought=found)


def read(written: bytes) -> str:
    """The text of a policy's file. Raises `errors.PolicyUnfit`."""
    if len(written) > LONGEST:
        sentence = f"A policy has at most {LONGEST // 1024} KB, and this has more; shorten it."
        raise errors.PolicyUnfit([errors.Fault("policy", "too_long", sentence)])
    try:
        return written.decode("utf-8-sig")
    except UnicodeDecodeError as odd:
        sentence = f"A policy is written in UTF-8; byte {odd.start + 1} of this one is not."
        raise errors.PolicyUnfit([errors.Fault("policy", "not_utf8", sentence)]) from odd


@functools.cache
def shipped() -> Policy:
    """Version 0."""
    return parse(SHIPPED.read_text(encoding="utf-8"))


async def in_force(conn: database.Connection) -> Policy:
    """The version that decides now: the newest that was adopted, or the shipped one.

    Asks the database for no more than its number, unless that version is new to this process. Raises
    `errors.PolicyUnfit` where this release has a higher floor than the one that adopted it, and where the
    terms of its lexicons were not kept with it.
    """
    row = await Q.one(conn, "policy_in_force")
    if row is None:
        return shipped()
    key = (int(row["version"]), str(row["mark"]))
    if key not in _parsed:
        text = await Q.one(conn, "policy_text", version=key[0])
        made = parse(text["text"] if text else "", version=key[0])
        made = with_terms(made, await lexicons.of_version(conn, made.version))
        # One house has one version at a time; a few more for the time of a change.
        if len(_parsed) >= 8:  # noqa: PLR2004 - as said
            _parsed.clear()
        _parsed[key] = made
    return _parsed[key]


_parsed: dict[tuple[int, str], Policy] = {}


def entries() -> Iterator[tuple[str, bounds.Bound, str]]:
    """Every entry: its key, its bound, and what it is for."""
    for name, kind in SECTIONS.items():
        for entry in fields(kind):
            yield f"{name}.{entry.name}", entry.metadata["bound"], entry.metadata["words"]


def value_of(one: Policy, path: str) -> Any:
    """What this policy says at this key."""
    section, _, name = path.partition(".")
    return getattr(getattr(one, section), name)


def page() -> str:
    """The page of the docs that lists every entry, in Markdown."""
    rows = [
        f"| `{path}` | {_shown(value_of(Policy(), path))} | {bound.words} | {words} |"
        for path, bound, words in entries()
    ]
    head = (
        "# The operator's policy\n\n"
        "Made from `moderation/policy.py`. A policy is a TOML file that states what it changes; it can make "
        "the house stricter than its floor, never laxer. `ruche policy check FILE` tells every fault, `diff` "
        "what would change, `shadow` what it would have decided otherwise; `adopt` proposes it, and with "
        "another person's token brings it into force.\n\n"
        "| entry | shipped | allowed | what it does |\n|---|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, tuple | str) and not value:
        return "empty"
    return ", ".join(value) if isinstance(value, tuple) else str(value).lower()


def _toml(text: str) -> dict[str, Any]:
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST:
        read(text.encode("utf-8", "surrogatepass"))
    try:
        return tomllib.loads(text)
    # A number of thousands of digits is a ValueError as well, and brackets can be nested without end.
    except (ValueError, RecursionError) as unreadable:
        why = (
            str(unreadable)
            if isinstance(unreadable, tomllib.TOMLDecodeError)
            else "it is nested or long beyond use"
        )
        sentence = f"This is not TOML that can be read: {why[:200]}."
        raise errors.PolicyUnfit([errors.Fault("policy", "not_toml", sentence)]) from unreadable


def _faults(stated: Mapping[str, Any]) -> Iterator[errors.Fault]:
    known = {path: bound for path, bound, _ in entries()}
    for section, part in stated.items():
        name = section[:60]
        if section not in SECTIONS:
            sentence = f"There is no section “{name}”; choose from {', '.join(SECTIONS)}."
            yield errors.Fault(name, "unknown_key", sentence)
        elif not isinstance(part, dict):
            yield errors.Fault(name, "not_a_section", f"{name} must be a section: write [{name}] on a line.")
        else:
            for key, value in part.items():
                path = f"{name}.{key[:60]}"
                if path in known:
                    yield from known[path].faults(path, value)
                else:
                    names = ", ".join(entry.name for entry in fields(SECTIONS[section]))
                    yield errors.Fault(
                        path, "unknown_key", f"There is no entry {path}; [{name}] has {names}."
                    )


def _built(stated: Mapping[str, Any], version: int) -> Policy:
    sections = {
        name: SECTIONS[name](
            **{key: tuple(value) if isinstance(value, list) else value for key, value in part.items()}
        )
        for name, part in stated.items()
    }
    return Policy(version, **sections)


def _at_odds(made: Policy) -> Iterator[errors.Fault]:
    """Entries that are fine alone and not together."""
    if made.images.near > made.images.review:
        sentence = (
            "images.near must be at most images.review: what is looked at later begins below what waits."
        )
        yield errors.Fault("images.near", "at_odds", sentence)
    if made.retention.refusals_days < made.desk.appeal_days:
        sentence = "retention.refusals_days must be at least desk.appeal_days, or an appeal finds nothing."
        yield errors.Fault("retention.refusals_days", "at_odds", sentence)
    covered = {Path(entry.partition(":")[2]).name.partition("_")[0] for entry in made.prompts.lexicons}
    if bare := [one for one in made.prompts.languages if one not in LANGUAGES and one not in covered]:
        sentence = (
            f"prompts.languages names {', '.join(bare)}, which no lexicon covers: name a file such as "
            f"{bare[0]}_terms.txt in prompts.lexicons."
        )
        yield errors.Fault("prompts.languages", "at_odds", sentence)
    named = made.desk.reviewers
    if made.mature.allowed and named and len(named) < made.mature.least_reviewers:
        sentence = (
            f"desk.reviewers must name at least {made.mature.least_reviewers} people where mature is allowed."
        )
        yield errors.Fault("desk.reviewers", "at_odds", sentence)
