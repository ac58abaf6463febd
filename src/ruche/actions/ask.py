"""The deed that begins everything: a member asks for images, and a job joins the line.

May they, what is the recipe's canonical text, may that be drawn, and does it fit the house and its model?
Then one transaction writes the job, its place and the event. With a key, asking again is the same as asking
once, also where the recipe would not pass any more. The recipe that is stored is the one that is rendered.
A text that is refused is kept in a transaction of its own, for its maker to see and for the desk.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ruche import errors, events, hive, recipe
from ruche.actions import ask_mature, refuse
from ruche.membership import members, permissions
from ruche.moderation import names, policy, prompts, screeners
from ruche.moderation.desk import sanctions
from ruche.moderation.facts import Decision, Verdict
from ruche.moderation.floor import checks
from ruche.scheduling import jobs, progress, queue


@dataclass(frozen=True, slots=True)
class _Judged:
    """A recipe with what was found in its texts, and the policy that it was judged by."""

    asked: recipe.Recipe
    rating: checks.Rating
    stated: policy.Policy
    found: Sequence[Verdict]


async def ask(
    house: hive.Hive,
    member: members.Member,
    wish: recipe.Recipe,
    *,
    key: str | None = None,
    said: Mapping[str, Any] | None = None,
    rating: checks.Rating = "general",
) -> jobs.Job:
    """Let the recipe into the line.

    `said` is what the caller wrote with the key, where the house filled in the rest: what the house fills
    in may change, and the same words must stay the same request.

    Raises `errors.NotAllowed`, `errors.BadInput` with the fields that are wrong, `errors.PromptRefused`,
    `errors.TooMany`, `errors.Conflict` where the key stands for something else, and `errors.Barred` for a
    suspended or frozen member.
    """
    permissions.require(member, "ask")
    asked = canonical(wish)
    if rating != "general":
        asked = (await ask_mature.admitted(house, member, asked, rating)).recipe
    async with house.database.stating() as conn:
        stated = await policy.in_force(conn)
    # Of what was typed: it may hide more than its canonical text shows.
    texts = {"prompt": wish.prompt, "negative_prompt": wish.negative_prompt}
    register = await names.register(house.database)
    found = await screeners.judged(texts, stated, register, rating=rating)
    request = _hash(asked.as_dict() if said is None else said, rating)
    once = queue.Key(key, request) if key is not None else None
    judged = _Judged(asked, rating, stated, found)
    try:
        try:
            return await _write(house, member, judged, once)
        except (queue.KeyTaken, queue.Barred):
            # Of the same moment: another asked with the same key, or the account was frozen. It is there now.
            return await _write(house, member, judged, once)
    except errors.PromptRefused:
        await refuse.keep(house, member, found, stated, rating=rating)
        raise


def canonical(wish: recipe.Recipe) -> recipe.Recipe:
    """The recipe with the texts that are judged, stored and generated from. Raises `errors.BadRecipe`."""
    prompt, negative = prompts.canonical(wish.prompt), prompts.canonical(wish.negative_prompt)
    if (prompt, negative) == (wish.prompt, wish.negative_prompt):
        return wish
    return replace(wish, prompt=prompt, negative_prompt=negative)


def _fits(house: hive.Hive, asked: recipe.Recipe) -> None:
    limit = house.settings.max_pixels
    if asked.width * asked.height > limit:
        sentence = (
            f"An image of {asked.width} x {asked.height} is larger than this house makes; "
            f"width times height may be at most {limit} pixels."
        )
        raise errors.BadRecipe([errors.Fault("width", "too_many_pixels", sentence)])
    house.shelf.fits(asked)


def _hash(said: Mapping[str, Any], rating: checks.Rating) -> bytes:
    whole = dict(said) | ({} if rating == "general" else {"rating": rating})
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).digest()


async def _write(
    house: hive.Hive, member: members.Member, judged: _Judged, once: queue.Key | None
) -> jobs.Job:
    job, asked = jobs.new_id(), judged.asked
    facts = {"model": asked.model, "count": asked.count}
    doubtful = [verdict for verdict in judged.found if verdict.decision is Decision.REVIEW]
    # One statement says the whole deed, unless somebody must be told of it too.
    async with house.database.writing() if doubtful else house.database.stating() as conn:
        if once and (before := await queue.asked_before(conn, member.id, once)):
            return replace(before, repeated=True)
        # Only now: what was taken stays taken, whatever became of its model or of the policy since.
        refuse.unless_allowed(judged.found)
        _fits(house, asked)
        standing = await sanctions.require_free(conn, member.id)
        entry = await queue.put(
            conn,
            job=job,
            member=member.id,
            asked=asked,
            limit=standing.waiting(house.settings.waiting_jobs),
            event=events.Event("job:ask", member.id, f"job:{job}", facts),
            key=once,
            admitted=queue.Admitted(
                judged.stated.version,
                judged.rating,
                judged.stated.members.newcomer_days,
                judged.stated.members.newcomer_waiting,
            ),
        )
        for verdict in doubtful:
            await refuse.doubt(conn, member, verdict, job=job, stated=judged.stated)
    if entry.waiting == 1:
        # Whoever had something waiting has already woken the workers, who go on until nothing is left.
        # Apart from the transaction, since a notification in it would make all commits queue up.
        async with house.database.stating() as conn:
            await progress.ring(conn)
    return jobs.Job(
        id=job, member=member.id, recipe=asked, state=jobs.State.QUEUED, created_at=entry.created_at
    )
