"""Looking at a picture before anyone sees it, and what a look leaves behind.

`look` gathers the facts: the fingerprint in all its turned and mirrored views against the banks, the very
same pixels, what the classifier says within its deadline, whether the model is marked. `looks.py` makes a
finding of them. `note` writes what follows from one that is not clear, in the transaction of the deed that
asked: a case for a person, an act in the audit. A match never gets that far: `consequences.py` has it.
"""

import asyncio
import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from ruche import errors, hive
from ruche.actions import effects
from ruche.engine import shelf
from ruche.imaging import fingerprints as pdq
from ruche.moderation import fingerprints, harmless, looks, policy
from ruche.moderation.desk import cases, decisions
from ruche.moderation.versions import scores as kept_scores
from ruche.scheduling import jobs
from ruche.storage import audit, database

log = logging.getLogger(__name__)

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a picture: what was known of it, what follows, and under which policy."""

    facts: looks.Facts
    finding: looks.Finding
    rules: policy.Policy
    pdq: pdq.Fingerprint | None
    """None where it could not be taken at all."""
    pixels: bytes
    """Their digest."""


async def look(
    house: hive.Hive, pixels: Pixels, *, model: str, rating: looks.Rating = "general", file: bytes = b""
) -> Look:
    """Look at a picture (uint8, height x width x 3, RGB) that this model made.

    `file` is what it came in, where it came in a file: banks know digests of files as well.
    """
    print_, digests = await asyncio.to_thread(_taken, pixels, file)
    async with house.database.reading() as conn:
        rules = await policy.in_force(conn)
        banks = await house.eye.banks(conn)
        views = print_.views if print_ else ()
        near = await asyncio.to_thread(banks.near, views, within=rules.images.distance)
        distances = {one.id: one.distance for one in near}
        rows = await fingerprints.these(conn, [*distances])
        exact = await fingerprints.exact(conn, digests)
        marked = await _harmless(house, conn, model)
    hits = [looks.Hit(row.bank, row.category, row.id, distances[row.id]) for row in rows]
    hits += [looks.Hit(row.bank, row.category, row.id) for row in exact]
    scores = None
    # A known picture needs no opinion.
    if rules.images.classifier and not hits:
        asked = await house.eye.classifier(rules.images.classifier)
        scores = await asked.answer(pixels, rules.images.deadline) if asked else None
    facts = looks.Facts(
        rating=rating,
        hits=hits,
        hashable=print_ is not None and print_.sound,
        harmless=marked,
        classifier=bool(rules.images.classifier),
        scores=scores,
    )
    return Look(facts, looks.decide(facts, rules.images), rules, print_, digests[0])


async def previewed(house: hive.Hive, wanted: Collection[UUID]) -> frozenset[UUID]:
    """Those of these jobs whose makers may look on while they are drawn.

    A preview is seen before anybody has looked at what comes of it. So there is none of what may turn out
    to be held: none of a mature job, and of a model that is not harmless only where there is nothing that
    a look could find, neither a bank nor a classifier.
    """
    if not wanted:
        return frozenset()
    async with house.database.reading() as conn:
        models = await jobs.general_models(conn, wanted)
        rules = await policy.in_force(conn)
        blind = not rules.images.classifier and not await fingerprints.any_at_all(conn)
        calm = {model for model in {*models.values()} if blind or await _harmless(house, conn, model)}
    return frozenset(job for job, model in models.items() if model in calm)


async def note(conn: database.Connection, image: UUID, member: int, seen: Look) -> None:
    """Write what follows from a look, once the row stands: its scores; hold it, ask a person."""
    finding = seen.finding
    if seen.facts.scores:
        await kept_scores.keep(conn, image, seen.facts.scores)
    if finding.verdict == "clear":
        return
    if finding.verdict == "near":
        case = await open_case(conn, seen, kind="near_miss", image=image, member=member)
        tag = "image:mark"
    else:
        case = await open_case(conn, seen, kind="held", image=image, member=member)
        wish = decisions.New("hold", finding.code, seen.rules.version, case=case, image=image)
        await effects.decide(conn, seen.rules, wish)
        tag = "image:hold"
    facts = {"case": str(case), **finding.why}
    await audit.append(conn, audit.Act(tag, None, f"image:{image}", finding.code, seen.rules.version, facts))


async def open_case(
    conn: database.Connection,
    seen: Look,
    *,
    kind: cases.Kind,
    image: UUID,
    member: int,
    facts: Mapping[str, Any] = MappingProxyType({}),
) -> UUID:
    """A question about this picture for a person."""
    finding = seen.finding
    new = cases.New(
        kind,
        cases.due(kind, seen.rules),
        image=image,
        member=member,
        restricted=finding.restricted,
        risk=cases.RESTRICTED_RISK if finding.restricted and kind != "match" else None,
        facts={"verdict": finding.verdict, "code": finding.code, **finding.why, **facts},
        # One decision covers what looks the same; a plain picture looks like every other.
        cluster=seen.pdq.pdq if seen.pdq and seen.pdq.sound else None,
    )
    return await cases.open_case(conn, new)


async def _harmless(house: hive.Hive, conn: database.Connection, model: str) -> bool:
    """Whether the model cannot make mature images: Petite, or one that an operator marked as it is now."""
    try:
        found = house.shelf.find(model)
        if found.path == shelf.EMBEDDED_PATH:
            return True
        weights = await harmless.weights_of(conn, model)
        return weights is not None and weights == await asyncio.to_thread(house.shelf.digest, found)
    except (errors.UnknownModel, errors.ModelUnusable):
        return False


def _taken(pixels: Pixels, file: bytes) -> tuple[pdq.Fingerprint | None, Sequence[bytes]]:
    """The fingerprint, and the digests by which the very same picture is known."""
    digests = [fingerprints.digest_of(pixels)]
    if file:
        digests.append(hashlib.sha256(file).digest())
    try:
        return pdq.of(pixels), digests
    except Exception:  # whatever is wrong with it, it is not clean for that
        log.exception("a picture of %s has no fingerprint", pixels.shape)
        return None, digests
