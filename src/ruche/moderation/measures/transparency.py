"""What the house tells everybody about its supervision: counts, times and shares, made from the records.

No row names a person, an image or a rule; reasons and kinds are the closed lists of the desk. The same
rows are the public page and its CSV.
"""

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ruche.moderation.measures import figures, kept, sampling
from ruche.storage import database

# The days that the page tells of.
DAYS: Final = 90
COUNTS: Final = tuple(
    kept.Count(name, DAYS, since=True) for name in ("public_counts", "public_times", "sampled_since")
)
COLUMNS = ("section", "name", "value", "unit")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: in which section, of what, how much."""

    section: str
    name: str
    value: float
    unit: str = "count"


@dataclass(frozen=True, slots=True)
class Counts:
    """All figures since a moment."""

    since: datetime
    rows: tuple[Row, ...]
    prevalence: figures.Share

    def section(self, name: str) -> list[Row]:
        """The figures of one section, largest first as they were counted."""
        return [row for row in self.rows if row.section == name]

    def as_csv(self) -> str:
        """All figures as a CSV with a header."""
        page = io.StringIO()
        writer = csv.writer(page, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((row.section, row.name, f"{row.value:g}", row.unit) for row in self.rows)
        return page.getvalue()


async def counts(conn: database.Connection, since: datetime) -> Counts:
    """Everything that is told about the time since this moment."""
    found = [Row(**row) for row in await kept.rows(conn, "public_counts", since=since)]
    found += [Row(**row) for row in await kept.rows(conn, "public_times", since=since)]
    [row] = await kept.rows(conn, "sampled_since", since=since)
    prevalence = figures.Share(row["bad"], row["looked"])
    low, high = prevalence.bounds
    found += [
        Row("sample", "looked_at", prevalence.all),
        Row("sample", "broke_a_rule", prevalence.some),
    ]
    if prevalence.value is not None:
        found += [
            Row("sample", "prevalence", prevalence.value, "share"),
            Row("sample", "prevalence_low", low, "share"),
            Row("sample", "prevalence_high", high, "share"),
        ]
    kappa = (await sampling.read(conn)).agreement.kappa
    if kappa is not None:
        found.append(Row("sample", "agreement_of_two", kappa, "kappa"))
    return Counts(since, tuple(found), prevalence)
