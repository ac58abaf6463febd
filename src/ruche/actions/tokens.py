"""Personal API tokens: made, used, revoked.

The text of a token is given back once, when it is made; nobody can ask for it again.
"""

from collections.abc import Iterable

from ruche import errors, events, hive
from ruche.membership import members, permissions, tokens
from ruche.storage import ledger


async def make(house: hive.Hive, member: members.Member, name: str, scopes: Iterable[str]) -> tuple[int, str]:
    """A new token for the member's own programs: its id, and its text to be shown once.

    Raises `errors.BadInput`, `errors.TooMany`.
    """
    permissions.require(member, "keep_tokens")
    clean, wanted = members.clean_name(name), tokens.scopes_of(scopes)
    async with house.database.writing() as conn:
        token, text = await tokens.add(conn, member.id, clean, wanted)
        event = events.Event("token:make", member.id, f"token:{token}", {"scopes": list(wanted)})
        await ledger.record(conn, event)
    return token, text


async def recognise(house: hive.Hive, text: str) -> tokens.Bearer | None:
    """Whom a token speaks for, its use noted at most once a minute."""
    async with house.database.reading() as conn:
        bearer = await tokens.bearer(conn, text)
    if bearer and bearer.stale:
        async with house.database.writing() as conn:
            await tokens.note(conn, bearer.token)
    return bearer


async def revoke(house: hive.Hive, member: members.Member, token: int) -> None:
    """End one of the member's own tokens at once. Raises `errors.NotFound`."""
    async with house.database.writing() as conn:
        if not await tokens.revoke(conn, member.id, token):
            raise errors.NotFound(thing="token")
        await ledger.record(conn, events.Event("token:revoke", member.id, f"token:{token}"))
