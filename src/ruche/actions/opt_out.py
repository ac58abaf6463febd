"""The deeds around an artist who asks to be left out: asking, by anybody, and deciding, by a moderator.

Asking gives a receipt, shown once, and opens a case for the desk. Deciding either lets the names join the
list that prompts may not use, or says no; undoing puts both back. Deciding and undoing happen within the
one path of all decisions (`review.py`, `effects.py`). Each is one act of the audit, which holds no contact.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import numpy as np

from ruche import errors, hive
from ruche.imaging import decode, fingerprints
from ruche.membership import secret
from ruche.moderation import artists, policy
from ruche.moderation.desk import cases
from ruche.moderation.reports import callers
from ruche.storage import audit, database

ANSWERED_WITHIN: Final = timedelta(days=7)
MAX_PIXELS: Final = 25_000_000


async def ask(house: hive.Hive, asked: artists.Wish, works: Sequence[bytes] = (), *, address: str) -> str:
    """Take the request in; gives the receipt. `works` are fingerprints, `address` is where it comes from.

    Raises `errors.Conflict` where the same one of this sender's waits already, and `errors.TooMany`.
    """
    receipt = secret.fresh()
    async with house.database.writing() as conn:
        sender = await callers.count(conn, address)
        optout = await artists.ask(conn, asked, receipt=secret.digest(receipt), sender=sender, works=works)
        due = datetime.now(UTC) + ANSWERED_WITHIN
        facts = {"artist": asked.artist, "works": len(works)}
        await cases.open_case(conn, cases.New("optout", due, about=optout, facts=facts))
        await _note(conn, "optout:ask", optout, actor=None, reason="asked")
    return receipt


def recognisable(files: Sequence[bytes]) -> list[bytes]:
    """The fingerprints of these pictures. Pure and slow. Raises `errors.BadInput` for one that has none."""
    found: list[bytes] = []
    for number, data in enumerate(files, 1):
        try:
            taken = fingerprints.of(np.asarray(decode.opened(data, max_pixels=MAX_PIXELS)))
        except errors.BadImage as wrong:
            raise errors.BadInput.at("works", wrong.code, f"Picture {number}: {wrong.sentence}") from wrong
        if not taken.sound:
            sentence = f"Picture {number} is too plain to be recognised again; send another one, or none."
            raise errors.BadInput.at("works", "work_too_plain", sentence)
        found.append(taken.pdq)
    return list(dict.fromkeys(found))


async def standing(house: hive.Hive, receipt: str) -> artists.OptOut:
    """The request behind a receipt. Raises `errors.NotFound`."""
    async with house.database.reading() as conn:
        return await artists.by_receipt(conn, secret.digest(receipt))


async def decide(
    conn: database.Connection, optout: UUID, *, verified: bool, code: str, who: int | None
) -> artists.OptOut:
    """Let the request hold, or not, as part of the decision about its case (`effects.py`).

    Raises `errors.NotFound`, and `errors.Conflict` where it was decided already.
    """
    found = await artists.decide(conn, optout, verified=verified, actor=who)
    tag = "optout:verify" if verified else "optout:refuse"
    await _note(conn, tag, optout, actor=who, reason=code)
    return found


async def reopen(conn: database.Connection, optout: UUID, *, who: int | None) -> artists.OptOut:
    """Undo that: the request waits again, as part of the undoing of its case's decision."""
    found = await artists.reopen(conn, optout)
    await _note(conn, "optout:reopen", optout, actor=who, reason="undone")
    return found


async def _note(conn: database.Connection, tag: str, optout: UUID, *, actor: int | None, reason: str) -> None:
    version = (await policy.in_force(conn)).version
    await audit.append(conn, audit.Act(tag, actor, f"optout:{optout}", reason, version))
