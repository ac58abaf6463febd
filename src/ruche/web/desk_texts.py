"""What the desk reads where a case is about a text: a prompt that was refused or let through in doubt.

The text is the member's own; which term a rule found in it stands nowhere, for staff neither.
"""

from typing import Final

from ruche import errors
from ruche.moderation import refusals, verdicts
from ruche.moderation.desk import cases
from ruche.scheduling import jobs
from ruche.storage import database
from ruche.web import desk_pages

LATELY: Final = 20


async def facts(conn: database.Connection, found: cases.Case) -> list[tuple[str, str]]:
    """The text that this case is about, and what a rule made of it; nothing where it is about none."""
    if found.about is None or found.member is None:
        return []
    try:
        if found.kind == "appeal":
            return _refused(await refusals.one(conn, found.about, found.member))
        if found.kind == "near_miss":
            return _doubted(await jobs.read(conn, found.about, found.member), found)
    except errors.NotFound:
        # An appeal about something else, or a job that its member has thrown away.
        return []
    return []


async def refused(conn: database.Connection, found: cases.Case) -> list[desk_pages.Said]:
    """What of this member's was refused lately, newest first."""
    if found.member is None:
        return []
    return [
        desk_pages.Said(
            f"In the {_plain(one.field)}: {verdicts.plainly(one.category)}", one.canonical, one.at
        )
        for one in await refusals.mine(conn, found.member, most=LATELY)
    ]


def _refused(one: refusals.Refusal) -> list[tuple[str, str]]:
    return [
        (_plain(one.field).capitalize(), one.canonical),
        ("Refused as", verdicts.plainly(one.category)),
        ("Reason code", one.code),
    ]


def _doubted(job: jobs.Job, found: cases.Case) -> list[tuple[str, str]]:
    field = str(found.facts.get("field", "prompt"))
    return [
        (_plain(field).capitalize(), str(getattr(job.recipe, field, job.recipe.prompt))),
        ("In doubt as", verdicts.plainly(str(found.facts.get("category", "")))),
        ("Rule", str(found.facts.get("rule", ""))),
    ]


def _plain(field: str) -> str:
    return field.replace("_", " ")
