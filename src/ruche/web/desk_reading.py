"""What the desk's pages read: the line with its titles, and everything that is known about one case.

Reads only, as the moderator who looks: what is restricted is not there for those without the duty, and
nothing here is shown to anybody but staff. Words are `words.py`'s.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from ruche import errors, recipe
from ruche.community import images
from ruche.membership import members
from ruche.moderation import artists
from ruche.moderation.desk import acts, cases, decisions, duties, exposures, sanctions, statements
from ruche.moderation.measures import sampling
from ruche.moderation.reports import reports
from ruche.storage import database
from ruche.web import desk_choices, desk_pages, desk_texts, pages, visits, words

PAGE: Final = 40
# Prompts that a name of everyday words is tried on.
PROMPTS: Final = 200
_PLACE: Final = re.compile(r"(\d)~([0-9T:.+-]{19,40})~([0-9a-f-]{36})")


def place(text: str) -> cases.Place | None:
    """Where a stretch of the line begins, from an address; None for its beginning."""
    found = _PLACE.fullmatch(text.replace(" ", "+"))
    if not found:
        return None
    try:
        return cases.Place(int(found[1]), datetime.fromisoformat(found[2]), UUID(found[3]))
    except ValueError:
        return None


def kind(text: str) -> cases.Kind | None:
    """The kind that the list is narrowed to; None for all."""
    return next((one for one in cases.KINDS if one == text), None)


async def line(
    conn: database.Connection,
    viewer: cases.Viewer,
    *,
    narrowed: cases.Kind | None,
    after: cases.Place | None,
    here: UUID | None,
) -> tuple[list[desk_pages.Line], str]:
    """A stretch of the line, and the address part of the next one."""
    found = await cases.line(conn, viewer, kind=narrowed, after=after, limit=PAGE + 1)
    shown = found[:PAGE]
    prompts = await images.prompts(conn, [one.image for one in shown if one.image])
    now = datetime.now(UTC)
    lines = []
    for one in shown:
        clock, late = words.clock(one.due_at, now)
        label, why = words.KINDS[one.kind]
        title = prompts.get(one.image, "") if one.image else str(one.facts.get("artist", ""))
        lines.append(
            desk_pages.Line(
                id=one.id,
                kind=label,
                title=title or why,
                clock=clock,
                late=late,
                holder=_holder(one, viewer),
                restricted=one.restricted,
                here=one.id == here,
            )
        )
    last = shown[-1].place if len(found) > PAGE else None
    return lines, f"{last.risk}~{last.due_at.isoformat()}~{last.id}" if last else ""


async def chips(
    conn: database.Connection, viewer: cases.Viewer, narrowed: cases.Kind | None
) -> list[desk_pages.Chip]:
    """The kinds that anything waits of."""
    counted = await cases.counts(conn, viewer)
    everything = desk_pages.Chip(
        "",
        "All",
        _counted(sum(one.open for one in counted), more=any(one.more for one in counted)),
        chosen=narrowed is None,
    )
    return [
        everything,
        *(
            desk_pages.Chip(
                one.kind,
                words.PLURALS[one.kind],
                _counted(one.open, more=one.more),
                chosen=one.kind == narrowed,
            )
            for one in counted
            if one.open or one.kind == narrowed
        ),
    ]


async def case(visit: visits.Resident, wanted: UUID) -> desk_pages.Case:
    """One case with everything that is known about it. Raises `errors.NotFound`."""
    async with visit.house.database.reading() as conn:
        viewer = await duties.viewer(conn, visit.member.id)
        found = await cases.read(conn, wanted, viewer)
        image = await images.known(conn, found.image) if found.image else None
        clock, late = words.clock(found.due_at, datetime.now(UTC))
        label, why = words.KINDS[found.kind]
        shown = desk_pages.Case(
            id=found.id,
            version=found.version,
            kind=label,
            why=why,
            opened_at=found.opened_at,
            due_at=found.due_at,
            clock=clock,
            late=late,
            restricted=found.restricted,
            holder=_holder(found, viewer),
            held_until=found.held_until,
            picture=_picture(found, image),
            facts=_recipe(image.recipe) if image else await desk_texts.facts(conn, found),
            asked=await _asked(conn, found),
            lineage=await _lineage(conn, found),
            history=_history(found, image),
            earlier=await _earlier(conn, found, viewer),
            barred=await _barred(conn, found, viewer),
            closed=_closed(found),
            choices=desk_choices.of(
                found.kind,
                mature=image is not None and image.rating == "mature",
                held=found.kind in {"held", "match"} or (image is not None and image.shown == "held"),
                gone=found.image is not None and image is None,
            ),
            alike=len(await cases.together(conn, found, viewer)),
            waiting=await _waiting(conn, found, viewer),
        )
        return await _with_member(conn, shown, found)


async def looked(conn: database.Connection, member: int) -> int:
    """How much of the disturbing kind a moderator has looked at within the hour."""
    return await exposures.looked(conn, member)


def _counted(count: int, *, more: bool) -> str:
    return f"{cases.MOST_COUNTED:,}+" if more else f"{count:,}"


def _holder(one: cases.Case, viewer: cases.Viewer) -> str:
    if one.holder is None:
        return ""
    return "you" if one.holder == viewer.id else "somebody"


def _picture(found: cases.Case, image: images.Image | None) -> desk_pages.Picture | None:
    if image is None:
        return None
    address = f"/desk/cases/{found.id}/image"
    return desk_pages.Picture(address, image.width, image.height, image.tint, image.recipe.prompt)


def _recipe(made: recipe.Recipe) -> list[tuple[str, str]]:
    facts = [("Prompt", made.prompt)]
    if made.negative_prompt:
        facts.append(("Not in it", made.negative_prompt))
    return [
        *facts,
        ("Model", pages.label(made.model)),
        ("Size", f"{made.width} × {made.height}"),
        ("Steps", f"{made.steps}, guidance {made.guidance:g}, {made.sampler}"),
        ("Seed", str(made.seed)),
    ]


async def _asked(conn: database.Connection, found: cases.Case) -> list[desk_pages.Said]:
    """What was said by those who brought it."""
    said = [
        desk_pages.Said(
            _ground(one),
            one.words,
            one.at,
            await _name(conn, one.member) if one.member else f"without an account: {one.contact}",
        )
        for one in await reports.of_case(conn, found.id)
    ]
    if found.kind == "appeal":
        said += await _appeal(conn, found)
    if found.kind == "optout" and found.about:
        said += await _request(conn, found.about)
    if found.kind == "repeat":
        said += await desk_texts.refused(conn, found)
    return said


def _ground(one: reports.Report) -> str:
    ground = reports.GROUNDS.get(one.ground) or reports.NOTICES.get(one.ground)
    return ground.words if ground else one.ground


async def _appeal(conn: database.Connection, found: cases.Case) -> list[desk_pages.Said]:
    statement = await statements.appealed(conn, UUID(str(found.facts["appeal"])))
    decision = await decisions.read(conn, statement.decision)
    told = desk_pages.Said(
        words.title(statement.restriction), statement.words, statement.at, await _who(conn, decision)
    )
    if statement.appeal is None:
        return [told]
    return [desk_pages.Said("The appeal", statement.appeal.words, statement.appeal.at, "the member"), told]


async def _request(conn: database.Connection, optout: UUID) -> list[desk_pages.Said]:
    asked = await artists.find(conn, optout)
    along = f"; {words.many(asked.works, 'picture')} came along" if asked.works else ""
    beside = [
        desk_pages.Said(f"Waits too: {', '.join(one.names)}", one.evidence, one.at, f"contact: {one.contact}")
        for one in await artists.beside(conn, asked)
    ]
    return [
        desk_pages.Said("Names", "\n".join(asked.names), asked.at),
        desk_pages.Said("How one can tell", asked.evidence, who=f"contact: {asked.contact}{along}"),
        *await _ordinary(conn, asked.names),
        *beside,
    ]


async def _ordinary(conn: database.Connection, names: Sequence[str]) -> list[desk_pages.Said]:
    """What it would cost everybody where a name is made of everyday words."""
    plain = [name for name in names if artists.ordinary(name)]
    if not plain:
        return []
    texts = await images.last_prompts(conn, most=PROMPTS)
    counts = await asyncio.to_thread(artists.would_refuse, plain, texts)
    told = [
        f"“{name}” would refuse {count} of the last {words.many(len(texts), 'prompt')}."
        for name, count in zip(plain, counts, strict=True)
    ]
    return [desk_pages.Said("Names of everyday words", "\n".join(told))]


async def _lineage(conn: database.Connection, found: cases.Case) -> list[desk_pages.Said]:
    if found.image is None:
        return []
    return [
        desk_pages.Said(one.prompt or "An image that is gone", "", one.created_at)
        for one in await images.lineage(conn, found.image)
    ]


def _history(found: cases.Case, image: images.Image | None) -> list[desk_pages.Said]:
    """What happened, oldest first."""
    happened = [desk_pages.Said("The case was opened", "", found.opened_at)]
    if image:
        happened.insert(0, desk_pages.Said("The image was made", "", image.created_at))
    if image and image.discarded_at:
        kept = desk_pages.Said(
            "Its maker deleted it", "It goes once everything about it is decided.", image.discarded_at
        )
        happened.append(kept)
    if found.closed_at:
        happened.append(desk_pages.Said("The case was closed", "", found.closed_at))
    return happened


async def _earlier(
    conn: database.Connection, found: cases.Case, viewer: cases.Viewer
) -> list[desk_pages.Said]:
    """What was decided before about this image and this member, newest first, as far as they may know.

    Whoever looks at a sample as one of two judges alone, so what the other came to is not there.
    """
    blind = found.kind == "sample" and found.closed_at is None
    twin = await sampling.twin(conn, found.id) if blind else None
    known: dict[UUID, decisions.Decision] = {}
    for about in ({"image": found.image}, {"member": found.member}, {"case": found.id}):
        several = await decisions.of(conn, **about, restricted=viewer.restricted, twin=twin, limit=20)
        known |= {one.id: one for one in several}
    shown = sorted(known.values(), key=lambda one: one.at, reverse=True)
    return [
        desk_pages.Said(
            _decided(one, found),
            _why(one),
            one.at,
            await _who(conn, one),
            undo=await _undoable(conn, one, viewer),
        )
        for one in shown
    ]


def _decided(one: decisions.Decision, found: cases.Case) -> str:
    label = words.DONE[one.act]
    if one.image and one.image != found.image:
        label += ", another image"
    if one.waits:
        return f"{label}; waits for a second person"
    return f"{label}; undone since" if one.undone_by else label


async def _undoable(conn: database.Connection, one: decisions.Decision, viewer: cases.Viewer) -> UUID | None:
    """The decision, where this moderator may bring it down by themselves."""
    if not (one.stands and one.changes):
        return None
    upheld = viewer.id in one.by and await statements.upheld(conn, one.id)
    return None if decisions.why_not_undo(one, viewer.id, upheld=upheld) else one.id


def _why(one: decisions.Decision) -> str:
    reason = acts.CODES.get(one.code, one.code)
    return f"{reason}\n{one.note}" if one.note else reason


async def _who(conn: database.Connection, one: decisions.Decision) -> str:
    first = await _name(conn, one.actor) if one.actor else "the house"
    return f"{first} and {await _name(conn, one.seconded)}" if one.seconded else first


async def _name(conn: database.Connection, member: int) -> str:
    try:
        return (await members.entry(conn, member)).member.name
    except errors.NotFound:
        return "somebody who left"


async def _barred(conn: database.Connection, found: cases.Case, viewer: cases.Viewer) -> str:
    try:
        await cases.impartial(conn, found, viewer.id)
    except errors.NotImpartial as why:
        return why.sentence
    return ""


def _closed(found: cases.Case) -> str:
    if found.outcome is None:
        return ""
    known = acts.ACTS.get(found.outcome)
    return f"It came to this: {known.label if known else found.outcome}."


async def _waiting(
    conn: database.Connection, found: cases.Case, viewer: cases.Viewer
) -> desk_pages.Waiting | None:
    if found.pending is None:
        return None
    one = await decisions.read(conn, found.pending)
    return desk_pages.Waiting(
        id=one.id,
        label=acts.ACTS[one.act].label,
        reason=acts.CODES.get(one.code, one.code),
        note=one.note,
        who=await _who(conn, one),
        at=one.at,
        own=one.actor == viewer.id,
    )


async def _with_member(
    conn: database.Connection, shown: desk_pages.Case, found: cases.Case
) -> desk_pages.Case:
    """What is known of the member whose conduct it is about."""
    if found.member is None:
        return shown
    entry = await members.entry(conn, found.member)
    standing = await sanctions.standing(conn, found.member)
    since = f"Here since {entry.created_at.day} {entry.created_at:%B %Y}."
    told = [since, _points(standing.points)]
    told += [
        f"{sanction.kind.capitalize()} {words.until(sanction.until)}."
        for sanction in (standing.limit, standing.suspension, standing.freeze)
        if sanction
    ]
    return replace(shown, member=entry.member.name, standing=told)


def _points(points: int) -> str:
    return f"{words.many(points, 'point')} of strikes at present." if points else "No strikes at present."
