"""What a version of the policy would have decided otherwise, kept with it for whoever adopts it.

A change is first run in shadow (`shadow.py`), against the version in force; what came of that stays with
the proposal, and without it none is adopted. Counts alone are kept: the records behind them are deleted
in their own time.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ruche.moderation import policy
from ruche.moderation.versions import shadow
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class Trial:
    """A report, and the version that it was compared with."""

    against: int
    report: shadow.Report
    at: datetime | None = None
    """None until it is kept."""

    @property
    def lines(self) -> list[str]:
        """The trial for a person, a line each."""
        when = f" on {self.at:%Y-%m-%d %H:%M}" if self.at else ""
        return [f"Tried in shadow against version {self.against}{when}.", *self.report.lines]

    def as_dict(self) -> dict[str, Any]:
        """The trial for a program."""
        when = self.at.isoformat() if self.at else None
        return {"against": self.against, "at": when, **_facts(self.report)}


async def run(db: database.Database, now: policy.Policy, wanted: policy.Policy) -> Trial:
    """Try this policy on what was recorded."""
    found = await shadow.run(db, now, wanted)
    counted = tuple(replace(one, examples=()) for one in found.differences)
    return Trial(now.version, replace(found, differences=counted))


async def keep(conn: database.Connection, version: int, trial: Trial) -> None:
    """Write it down with a version that was just proposed."""
    facts = {key: json.dumps(value) for key, value in _facts(trial.report).items()}
    await Q.run(conn, "keep_trial", version=version, against=trial.against, **facts)


async def of_version(conn: database.Connection, version: int) -> Trial | None:
    """How this version did."""
    row = await Q.one(conn, "trial_of_version", version=version)
    return _trial(row) if row else None


async def every(conn: database.Connection) -> dict[int, Trial]:
    """How each version did."""
    return {row["version"]: _trial(row) for row in await Q.all(conn, "trials")}


def _facts(report: shadow.Report) -> dict[str, Any]:
    differences = [
        {"source": one.source, "before": one.before, "after": one.after, "rule": one.rule, "count": one.count}
        for one in report.differences
    ]
    return {
        "looked_at": dict(report.looked_at),
        "differences": differences,
        "untried": list(report.untried),
    }


def _trial(row: sql.Row) -> Trial:
    differences = tuple(shadow.Difference(**one, examples=()) for one in row["differences"])
    report = shadow.Report(row["looked_at"], differences, tuple(row["untried"]))
    return Trial(row["against"], report, row["at"])
