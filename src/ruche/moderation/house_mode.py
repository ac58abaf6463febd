"""What this house is: it takes images from outside, or makes mature ones, or neither; never both.

Switching something on takes two operators, the second within a week; switching it off takes one and
counts at once. One row, whose constraints hold whatever the code does. Who may, and what must be there
first, is `actions/house_mode.py`'s.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from ruche import errors
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

What = Literal["outside", "mature"]
WHATS: Final[tuple[What, ...]] = get_args(What)
# A wish that nobody agreed to by then has lapsed.
PATIENCE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Mode:
    """The house as it is, and what somebody wants it to be."""

    outside: bool = False
    mature: bool = False
    wanted: What | None = None
    wanted_by: int | None = None
    wanted_at: datetime | None = None
    """Null as well where the wish has lapsed."""

    def is_on(self, what: What) -> bool:
        """Whether this is switched on."""
        return self.outside if what == "outside" else self.mature

    @property
    def words(self) -> str:
        """What the house is, for a person."""
        if self.mature:
            return "makes mature images, takes none from outside"
        return "takes images from outside, general only" if self.outside else "general images only"


def what_of(text: str) -> What:
    """The switch of that name. Raises `errors.BadInput`."""
    for what in WHATS:
        if what == text:
            return what
    raise errors.BadInput.at("what", "unknown_switch", f"Choose one of these: {', '.join(WHATS)}.")


async def read(conn: database.Connection) -> Mode:
    """The house as it is. One whose row is gone is neither."""
    row = await Q.one(conn, "house_mode", patience=PATIENCE)
    return _mode(row) if row else Mode()


async def hold(conn: database.Connection) -> Mode:
    """The house as it is, kept so until this transaction ends."""
    row = await Q.one(conn, "hold_house_mode", patience=PATIENCE)
    return _mode(row) if row else Mode()


async def want(conn: database.Connection, what: What, by: int) -> None:
    """Write the wish of the first person down; a wish before it is forgotten."""
    await Q.run(conn, "want_house_mode", what=what, by=by)


async def switch_on(conn: database.Connection, what: What, *, by: int, seconded: int) -> None:
    """Do what the first person wanted and the second agreed to."""
    await Q.run(conn, "switch_house_mode_on", what=what, by=by, seconded=seconded)


async def switch_off(conn: database.Connection, what: What) -> bool:
    """End it; False where it was off already and nobody wanted it."""
    return await Q.run(conn, "switch_house_mode_off", what=what) > 0


def _mode(row: sql.Row) -> Mode:
    return Mode(row["outside"], row["mature"], row["wanted"], row["wanted_by"], row["wanted_at"])
