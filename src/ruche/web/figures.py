"""Pages of figures: what supervision did, for everybody; and whether it keeps up, for the desk.

The public page and its CSV come from the same records at the moment they are asked for; nothing in them
names a person, an image or a rule.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Response

from ruche import errors
from ruche.membership import members, permissions
from ruche.moderation import artists, policy
from ruche.moderation.desk import acts
from ruche.moderation.measures import figures, health, sampling, transparency
from ruche.moderation.reports import reports
from ruche.storage import database
from ruche.web import public_pages, rendering, visits, words

router = APIRouter()

DAYS: Final = transparency.DAYS
# The sections of the record that stand as tables: title, sentence, and the column of numbers.
SECTIONS: Final = {
    "decisions": ("What was decided", "Every decision by people and by the house, as it was first made."),
    "reasons": ("Why", "The reasons that members were given for what was restricted."),
    "prompts_refused_for": ("Prompts that were refused", "By what they were refused for."),
    "notices": ("Notices by anybody", "What people without an account wrote about."),
    "reports": ("Reports by members", "What members reported."),
    "outcomes_of_reports": ("What came of them", "Of notices and reports that were answered."),
    "cases_open": ("What waits", "Open cases at this moment."),
    "undone": ("What was undone", "Decisions that an appeal or a second look brought down."),
}
NOTES: Final = (
    "Prevalence is found by looking at images that nobody reported, drawn by chance.",
    "An interval says where the true share lies with 95 % confidence; it is wide while few were looked at.",
    "A median is the middle one: half took less, half took more.",
    "No figure here names a person, an image or a rule.",
    "A large house counts every few minutes; a small one at the moment that you ask.",
)


@router.get("/transparency")
async def public(visit: visits.AnyGuest) -> Response:
    """What supervision did lately."""
    since = _since()
    async with visit.house.database.reading() as conn:
        counts = await transparency.counts(conn, since)
        respected = await artists.respected(conn)
    page = public_pages.Figures(
        frame=visit.frame("Transparency"),
        heading="Transparency",
        lead=f"What supervision did in this house since {since.day} {since:%B %Y}, counted from its records.",
        figures=_large(counts, respected),
        tables=[_table(counts, name) for name in SECTIONS] + [_times(counts)],
        notes=NOTES,
        csv="/transparency.csv",
    )
    return rendering.answer("figures.html", page)


@router.get("/transparency.csv")
async def as_csv(visit: visits.AnyGuest) -> Response:
    """The same as a file."""
    async with visit.house.database.reading() as conn:
        counts = await transparency.counts(conn, _since())
    name = {"Content-Disposition": 'attachment; filename="transparency.csv"', "Cache-Control": "no-store"}
    return Response(counts.as_csv(), media_type="text/csv; charset=utf-8", headers=name)


@router.get("/desk/measures")
async def measures(visit: visits.AnyResident) -> Response:
    """Whether supervision keeps up, and how far its decisions can be trusted."""
    permissions.require(visit.member, "see_measures")
    async with visit.house.database.reading() as conn:
        rules = await policy.in_force(conn)
        found = await sampling.read(conn)
        queue = await health.queue(conn)
        page = public_pages.Figures(
            frame=visit.frame("Measures", "desk"),
            heading="Measures",
            lead="Whether supervision keeps up, and how far its decisions can be trusted.",
            figures=_keeping_up(queue, found, rules),
            tables=[
                _handling(await health.handling(conn)),
                _fallen("by-reason", "By reason or rule", await health.overturned_by_reason(conn)),
                _fallen(
                    "by-person", "By person", await _named(conn, await health.overturned_by_reviewer(conn))
                ),
            ],
            notes=NOTES[:3],
        )
    return rendering.answer("figures.html", page)


def share(value: float | None) -> str:
    """A share in percent; with a digit more where it is small."""
    if value is None:
        return "–"
    percent = 100 * value
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.1f} %"  # noqa: PLR2004


def span(hours: float) -> str:
    """A time in the unit that reads best."""
    if hours < 1:
        return f"{round(hours * 60)} min" if round(hours * 60) else "< 1 min"
    return f"{round(hours)} h" if hours < 72 else words.many(round(hours / 24), "day")  # noqa: PLR2004


def _since() -> datetime:
    return datetime.now(UTC) - timedelta(days=DAYS)


def _large(counts: transparency.Counts, respected: int) -> Sequence[public_pages.Figure]:
    def of(section: str, name: str = "") -> int:
        return int(sum(row.value for row in counts.section(section) if name in {"", row.name}))

    people, programs = of("restrictions", "by_people"), of("restrictions", "by_a_program")
    stands, undone = of("appeals", "decision_stands"), of("appeals", "decision_undone")
    return [
        public_pages.Figure(f"{of('images', 'made'):,}", "images made"),
        public_pages.Figure(f"{people + programs:,}", "restrictions", f"{programs:,} of them by a program"),
        public_pages.Figure(share(counts.prevalence.value), "prevalence", _interval(counts.prevalence)),
        public_pages.Figure(
            share(undone / (stands + undone) if stands + undone else None),
            "of appeals succeeded",
            f"{words.many(stands + undone, 'appeal')} decided",
        ),
        public_pages.Figure(f"{respected:,}", "artists left out", "by their own wish"),
    ]


def _interval(found: figures.Share) -> str:
    if not found.all:
        return "nothing was drawn yet"
    if found.under is not None:
        return f"none in {found.all:,}: under {share(found.under)}"
    low, high = found.bounds
    return f"{share(low)} to {share(high)}, of {found.all:,} looked at"


def _table(counts: transparency.Counts, section: str) -> public_pages.Table:
    title, sentence = SECTIONS[section]
    rows = [(_label(section, row.name), f"{row.value:,.0f}") for row in counts.section(section)]
    return public_pages.Table(section, title, sentence, ("What", "count"), rows)


def _times(counts: transparency.Counts) -> public_pages.Table:
    rows = [(_label("cases_open", row.name), span(row.value)) for row in counts.section("hours_to_decide")]
    return public_pages.Table(
        "times", "How long it took", "From opening to deciding, by kind.", ("What", "median"), rows
    )


def _label(section: str, name: str) -> str:
    if section in {"decisions", "undone"} and name in words.DONE:
        return words.DONE[name]
    if section == "reasons":
        return acts.CODES.get(name, name)
    if section in {"notices", "reports"}:
        ground = (reports.NOTICES | reports.GROUNDS).get(name)
        return ground.words if ground else name
    if section == "outcomes_of_reports":
        return words.OUTCOMES[name][0] if name in words.OUTCOMES else name
    if section == "cases_open" and name in words.PLURALS:
        return words.PLURALS[name]
    return name.replace("_", " ").capitalize()


def _keeping_up(
    queue: health.Queue, found: sampling.Found, rules: policy.Policy
) -> Sequence[public_pages.Figure]:
    agreement = found.agreement
    kappa = f"kappa {agreement.kappa:.2f}" if agreement.kappa is not None else "no kappa yet"
    return [
        public_pages.Figure(f"{queue.open:,}", "cases wait", f"{queue.late:,} of them late"),
        public_pages.Figure(
            span(queue.oldest), "the oldest waits", f"{rules.desk.oldest_hours} hours pause publishing"
        ),
        public_pages.Figure(span(queue.median), "the median waits", f"nine in ten: {span(queue.p90)}"),
        public_pages.Figure(share(found.prevalence.value), "prevalence", _interval(found.prevalence)),
        public_pages.Figure(
            share(agreement.share.value), "two agree", f"{words.many(agreement.pairs, 'pair')}, {kappa}"
        ),
        public_pages.Figure(
            share(found.share(rules.desk.least_sample)),
            "is drawn by chance",
            "of images that nobody reported",
        ),
    ]


def _handling(found: Sequence[health.Handling]) -> public_pages.Table:
    rows = [
        (
            words.PLURALS.get(one.kind, one.kind),
            f"{one.decided:,}",
            span(one.median),
            span(one.p90),
            f"{one.late:,}",
        )
        for one in found
    ]
    columns = ("What", "decided", "median", "nine in ten", "late")
    return public_pages.Table("handling", "How long it took", "Of the last thirty days.", columns, rows)


def _fallen(key: str, title: str, found: Sequence[health.Overturned]) -> public_pages.Table:
    rows = [
        (
            acts.CODES.get(one.who, one.who),
            f"{one.decided:,}",
            f"{one.looked_again:,}",
            f"{one.fell:,}",
            share(one.share.value),
        )
        for one in found
    ]
    sentence = "How many decisions of the last ninety days were looked at again, and how many fell."
    columns = ("What", "decided", "looked at again", "fell", "share")
    return public_pages.Table(key, f"Overturned: {title.lower()}", sentence, columns, rows)


async def _named(
    conn: database.Connection, found: Sequence[health.Overturned]
) -> Sequence[health.Overturned]:
    """The same with names in the place of ids; for staff alone."""
    named = []
    for one in found:
        try:
            who = (await members.entry(conn, int(one.who))).member.name
        except errors.NotFound:
            who = "somebody who left"
        named.append(health.Overturned(who, one.decided, one.looked_again, one.fell))
    return named
