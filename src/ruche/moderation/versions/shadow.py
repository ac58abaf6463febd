"""A policy in shadow: what it would have decided otherwise over what was really decided.

Before a policy is adopted it is tried on records: texts that were refused, texts of jobs that were let in,
and pictures of which a classifier's scores were written down. Each is judged twice, by the policy in force
and by the new one, so that only the difference between the two shows. What comes out are counts by rule
and the ids of examples, never a text, and in words what no record can tell. Nothing changes.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal
from uuid import UUID

from ruche.moderation import looks, names, policy, registers, screeners
from ruche.moderation.floor import checks
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

Source = Literal["refusal", "job", "image"]
Texts = tuple[tuple[str, str], ...]

EXAMPLES: Final = 3
LAST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says and by which rule: `allow`, `review`, `refuse`; for pictures as in `looks.py`."""

    decision: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Something that was judged when it happened."""

    source: Source
    id: UUID
    rating: checks.Rating
    texts: Texts = ()
    """Field and text, each canonical."""
    scores: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Judges recorded texts as `actions/ask.py` judges new ones, by the names that are registered now."""

    register: registers.Register

    def __call__(self, rules: policy.Policy, recorded: Recorded) -> Verdict:
        """What these texts come to: the sternest of their fields. Raises `errors.BadLexicon`."""
        screener = screeners.built(rules)
        found = [
            screener.screen(text, field=field, rating=recorded.rating, register=self.register)
            for field, text in recorded.texts
            if text
        ]
        if not found:
            return Verdict("allow")
        worst = max(found, key=lambda one: one.decision)
        return Verdict(worst.decision.name.lower(), worst.finding.rule if worst.finding else "")


@dataclass(frozen=True, slots=True)
class Difference:
    """So many records of one kind would have been decided otherwise, by one rule."""

    source: Source
    before: str
    after: str
    rule: str
    count: int
    examples: tuple[UUID, ...]

    @property
    def words(self) -> str:
        """The difference as a line for a person."""
        noun = {"refusal": "refused text", "job": "job", "image": "image"}[self.source]
        plural = "" if self.count == 1 else "s"
        some = f" ({', '.join(map(str, self.examples))})" if self.examples else ""
        why = self.rule or "no rule"
        return f"{self.count} {noun}{plural}: {self.before} becomes {self.after} by {why}{some}"


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what would have been different, the most frequent first."""

    looked_at: dict[Source, int]
    differences: tuple[Difference, ...]
    untried: tuple[str, ...] = ()
    """What could not be tried, and why, a sentence each."""

    @property
    def lines(self) -> list[str]:
        """The report for a person, a line each."""
        counts = (f"{count} of {source}" for source, count in sorted(self.looked_at.items()))
        told = [one.words for one in self.differences]
        if not told and self.looked_at:
            told = ["nothing would have been different in these"]
        untried = [f"not tried: {words}" for words in self.untried]
        return [f"Looked at {', '.join(counts) or 'nothing'}:", *(f"  {one}" for one in told + untried)]


async def run(
    db: database.Database, before: policy.Policy, after: policy.Policy, *, last: int = LAST
) -> Report:
    """Try `after` on the newest records, so many of each kind."""
    async with db.reading() as conn:
        records = [*await texts(conn, last=last), *await pictures(conn, last=last)]
        row = await Q.one(conn, "shadow_unscored", last=last)
    unscored = int(row["unscored"]) if row else 0
    reader = Reader(await names.register(db))
    found = await asyncio.to_thread(compare, records, before, after, judge=reader)
    return replace(found, untried=tuple(untried(before, after, unscored=unscored)))


def untried(before: policy.Policy, after: policy.Policy, *, unscored: int) -> Iterator[str]:
    """What these policies may decide differently about pictures and no record tells."""
    then, now = before.images, after.images
    if unscored:
        yield (
            f"{unscored} of the newest images, of which no score was written down; thresholds may decide "
            "otherwise about them"
        )
    if then.distance != now.distance:
        yield "images.distance, since fingerprints of pictures are not compared with the banks again"
    if then.classifier != now.classifier:
        yield "images.classifier, since the scores that were written down are of the classifier of that day"
    if then.deadline != now.deadline:
        yield "images.deadline, since it is not written down how long an answer took"


async def texts(conn: database.Connection, *, last: int = LAST) -> list[Recorded]:
    """The newest refused texts and the newest jobs' texts."""
    refused = [
        Recorded("refusal", row["id"], row["rating"], ((row["field"], row["canonical"]),))
        for row in await Q.all(conn, "shadow_refusals", last=last)
    ]
    asked = [
        Recorded(
            "job",
            row["id"],
            row["rating"],
            (("prompt", row["prompt"] or ""), ("negative_prompt", row["negative"] or "")),
        )
        for row in await Q.all(conn, "shadow_jobs", last=last)
    ]
    return refused + asked


async def pictures(conn: database.Connection, *, last: int = LAST) -> list[Recorded]:
    """The newest pictures whose scores were written down."""
    return [
        Recorded("image", row["image"], row["rating"] or "general", (), tuple(row["scores"].items()))
        for row in await Q.all(conn, "shadow_pictures", last=last)
    ]


def look(rules: policy.Policy, recorded: Recorded) -> Verdict:
    """What these scores come to under this policy."""
    scores = {meaning: score for meaning, score in recorded.scores if meaning in {"mature", "minor", "other"}}
    facts = looks.Facts(rating=recorded.rating, classifier=True, scores=scores)  # type: ignore[arg-type]
    finding = looks.decide(facts, rules.images)
    return Verdict(finding.verdict, finding.code)


def compare(
    records: Iterable[Recorded],
    before: policy.Policy,
    after: policy.Policy,
    *,
    judge: Callable[[policy.Policy, Recorded], Verdict],
) -> Report:
    """Judge every record by both policies and count what differs, by rule; `judge` is for texts."""
    looked_at: dict[Source, int] = defaultdict(int)
    groups: dict[tuple[Source, str, str, str], list[UUID]] = defaultdict(list)
    for recorded in records:
        ask = look if recorded.source == "image" else judge
        looked_at[recorded.source] += 1
        then, now = ask(before, recorded), ask(after, recorded)
        if then != now:
            rule = now.rule if now.decision not in {"allow", "clear"} else then.rule
            groups[recorded.source, then.decision, now.decision, rule].append(recorded.id)
    return Report(dict(looked_at), tuple(sorted(_differences(groups), key=lambda found: -found.count)))


def _differences(groups: dict[tuple[Source, str, str, str], list[UUID]]) -> Iterator[Difference]:
    for (source, before, after, rule), ids in groups.items():
        yield Difference(source, before, after, rule, len(ids), tuple(ids[:EXAMPLES]))
