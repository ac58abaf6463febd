"""Coming in: links, invitations, sessions, and who has which role.

Each deed is one transaction and one event; who may decide about others, and who is shut out, stands in the
audit as well. Where `member` may be None, the house itself acts: the
operator at the command line, who holds the database anyway. Tokens are given back once, to be shown or
put into a cookie, and appear in no event and no log.

A link is opened in two steps, so that a program that previews links does not use it up: `GET /in/TOKEN`
shows what it does (`links.look`) and a form, whose `POST` calls `open_link`.
"""

from ruche import errors, events, hive
from ruche.membership import links, members, permissions, signin
from ruche.moderation import policy
from ruche.storage import audit, database, ledger

_FIRST_NAME = "Operator"


async def first_link(house: hive.Hive) -> str:
    """A token that signs the operator in once; on a new house it makes the operator first.

    Only the newest one works.
    """
    async with house.database.writing() as conn:
        operator = await members.first_operator(conn) or await _first_operator(conn)
        token = await links.sign_in(conn, operator.id, made_by=None)
        await ledger.record(conn, events.Event("member:link:make", None, _subject(operator)))
    return token


async def link(house: hive.Hive, member: members.Member | None, whom: str | int) -> str:
    """A token that signs a member (a name, or an id) in once, for whoever lost their way in.

    Raises `errors.NotAllowed`, `errors.NotFound`, `errors.MemberDisabled`.
    """
    _require(member, "link_member")
    async with house.database.writing() as conn:
        entry = await _entry(conn, whom)
        if entry.disabled_at:
            raise errors.MemberDisabled
        token = await links.sign_in(conn, entry.member.id, made_by=_id(member))
        await ledger.record(conn, events.Event("member:link:make", _id(member), _subject(entry.member)))
    return token


async def invite(house: hive.Hive, member: members.Member | None, role: str) -> str:
    """A token that lets one person join with the role. Raises `errors.NotAllowed`, `errors.BadInput`."""
    wanted = permissions.role_of(role)
    _require(member, permissions.invite(wanted))
    async with house.database.writing() as conn:
        token = await links.invitation(conn, wanted, made_by=_id(member))
        await _tell(conn, events.Event("member:invite", _id(member), "house", {"role": wanted}))
    return token


async def open_link(
    house: hive.Hive, token: str, name: str | None = None, *, browser: str = ""
) -> tuple[str, members.Member]:
    """Come in by a link: the token of a new session, and who came in.

    An invitation needs the newcomer's name; where the name is refused, the link is not used up. Raises
    `errors.LinkSpent`, `errors.MemberDisabled`, `errors.BadInput`, `errors.Conflict`.
    """
    async with house.database.writing() as conn:
        way = await links.spend(conn, token)
        member = await (_known(conn, way.member) if way.member else _newcomer(conn, name, way.role))
        await links.used_by(conn, way, member.id)
        session = await signin.begin(conn, member.id, browser)
        tag = "member:signin" if way.member else "member:invite:accept"
        await ledger.record(conn, events.Event(tag, member.id, _subject(member), {"link": way.id}))
    return session, member


async def recognise(house: hive.Hive, cookie: str) -> signin.Session | None:
    """The session of a cookie, its use noted at most once an hour so that it lasts while it is used."""
    async with house.database.reading() as conn:
        session = await signin.by_cookie(conn, cookie)
    if session and session.stale:
        async with house.database.writing() as conn:
            await signin.note(conn, session)
    return session


async def sign_out(house: hive.Hive, session: signin.Session) -> None:
    """End this session; a second time changes nothing."""
    async with house.database.writing() as conn:
        if await signin.end(conn, session.member.id, session.id):
            await ledger.record(conn, _by_self("member:signout", session.member))


async def end_session(house: hive.Hive, member: members.Member, session: str) -> None:
    """End another of one's own sessions by its id. Raises `errors.NotFound`."""
    async with house.database.writing() as conn:
        if not await signin.end(conn, member.id, session):
            raise errors.NotFound(thing="session")
        await ledger.record(conn, _by_self("member:session:end", member))


async def rename(house: hive.Hive, member: members.Member, name: str) -> None:
    """Take another name. Raises `errors.BadInput`, `errors.Conflict`."""
    clean = members.clean_name(name)
    async with house.database.writing() as conn:
        await members.rename(conn, member.id, clean)
        await ledger.record(conn, _by_self("member:rename", member))


async def credit(house: hive.Hive, member: members.Member, *, told: bool) -> None:
    """Let `/verify` tell one's name on what one made, or take that back."""
    async with house.database.writing() as conn:
        await members.credit(conn, member.id, told=told)
        await ledger.record(conn, _by_self("member:credit", member))


async def change_role(house: hive.Hive, member: members.Member | None, whom: str | int, role: str) -> None:
    """Give a member (a name, or an id) another role.

    Raises `errors.NotAllowed`, `errors.NotFound`, `errors.BadInput`, and `errors.Conflict` where no
    operator would be left.
    """
    wanted = permissions.role_of(role)
    _require(member, "change_role")
    async with house.database.writing() as conn:
        entry = await _entry(conn, whom)
        await members.set_role(conn, entry.member.id, wanted)
        facts = {"from": entry.member.role, "to": wanted}
        await _tell(conn, events.Event("member:role", _id(member), _subject(entry.member), facts))


async def disable(house: hive.Hive, member: members.Member | None, whom: str | int) -> None:
    """Shut a member (a name, or an id) out: sessions, tokens and links stop at once.

    A second time changes nothing.

    Raises `errors.NotAllowed`, `errors.NotFound`, and `errors.Conflict` where no operator would be left.
    """
    _require(member, "disable_member")
    async with house.database.writing() as conn:
        entry = await _entry(conn, whom)
        if await members.disable(conn, entry.member.id):
            await _tell(conn, events.Event("member:disable", _id(member), _subject(entry.member)))


async def enable(house: hive.Hive, member: members.Member | None, whom: str | int) -> None:
    """Let a member (a name, or an id) in again: tokens work again, sessions must be begun anew.

    Raises `errors.NotAllowed`, `errors.NotFound`.
    """
    _require(member, "disable_member")
    async with house.database.writing() as conn:
        entry = await _entry(conn, whom)
        if await members.enable(conn, entry.member.id):
            await _tell(conn, events.Event("member:enable", _id(member), _subject(entry.member)))


async def _first_operator(conn: database.Connection) -> members.Member:
    made = await members.add(conn, _FIRST_NAME, "operator")
    # Another process made the operator at the same moment.
    found = made or await members.first_operator(conn)
    if found is None:
        raise members.taken(_FIRST_NAME)
    return found


async def _entry(conn: database.Connection, whom: str | int) -> members.Entry:
    return await (members.entry(conn, whom) if isinstance(whom, int) else members.named(conn, whom))


async def _known(conn: database.Connection, member: members.Member) -> members.Member:
    """The member as they are now, if they are let in."""
    found = await members.find(conn, member.id)
    if found is None:
        raise errors.MemberDisabled
    return found


async def _newcomer(conn: database.Connection, name: str | None, role: permissions.Role) -> members.Member:
    clean = members.clean_name(name or "")
    member = await members.add(conn, clean, role)
    if member is None:
        raise members.taken(clean)
    return member


async def _tell(conn: database.Connection, event: events.Event) -> None:
    """Write what was done about another, into the ledger and into the audit."""
    await ledger.record(conn, event)
    version = (await policy.in_force(conn)).version
    prior = {"role": event.facts["from"]} if "from" in event.facts else {}
    act = audit.Act(event.tag, event.actor, event.subject, "operator_act", version, event.facts, prior)
    await audit.append(conn, act)


def _require(member: members.Member | None, verb: permissions.Verb) -> None:
    if member is not None:
        permissions.require(member, verb)


def _id(member: members.Member | None) -> int | None:
    return member.id if member else None


def _subject(member: members.Member) -> str:
    return f"member:{member.id}"


def _by_self(tag: str, member: members.Member) -> events.Event:
    return events.Event(tag, member.id, _subject(member))
