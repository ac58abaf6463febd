"""Who may do what: one table, and nothing else.

Pure: a role and a verb in, yes or no out. An operator may all that a moderator may, a moderator all
that a member may. What is one's own (jobs, images, sessions, tokens) is not decided here but by the
statements that read it, which all ask for the owner. Deeds call `require`; doors call `may` to know
what to show.
"""

from typing import Final, Literal, Protocol, get_args

from ruche import errors

Role = Literal["operator", "moderator", "member"]
Verb = Literal[
    "ask",
    "read",
    "discard",
    "publish",
    "keep_tokens",
    "report",
    "appeal",
    "see_members",
    "invite_member",
    "see_cases",
    "decide_case",
    "see_measures",
    "invite_moderator",
    "invite_operator",
    "link_member",
    "disable_member",
    "change_role",
    "keep_banks",
    "keep_names",
    "mark_model",
    "keep_evidence",
    "set_policy",
    "switch_mode",
    "record_age",
    "give_duty",
]

ROLES: Final[tuple[Role, ...]] = get_args(Role)
VERBS: Final[tuple[Verb, ...]] = get_args(Verb)

_MEMBER: Final[frozenset[Verb]] = frozenset(
    ("ask", "read", "discard", "publish", "keep_tokens", "report", "appeal")
)
_MODERATOR: Final[frozenset[Verb]] = _MEMBER | {
    "see_members",
    "invite_member",
    "see_cases",
    "decide_case",
    "see_measures",
    # With the duty of a custodian, which few have.
    "keep_evidence",
}
_OPERATOR: Final[frozenset[Verb]] = _MODERATOR | {
    "invite_moderator",
    "invite_operator",
    "link_member",
    "disable_member",
    "change_role",
    "keep_banks",
    "keep_names",
    "mark_model",
    "set_policy",
    "switch_mode",
    "record_age",
    "give_duty",
}
_TABLE: Final[dict[Role, frozenset[Verb]]] = {
    "member": _MEMBER,
    "moderator": _MODERATOR,
    "operator": _OPERATOR,
}
_INVITE: Final[dict[Role, Verb]] = {
    "member": "invite_member",
    "moderator": "invite_moderator",
    "operator": "invite_operator",
}


class HasRole(Protocol):
    """Whoever asks: a member."""

    @property
    def role(self) -> Role: ...


def may(member: HasRole, verb: Verb) -> bool:
    """Whether this member may do that."""
    return verb in _TABLE[member.role]


def require(member: HasRole, verb: Verb) -> None:
    """Raise `errors.NotAllowed` unless this member may do that."""
    if not may(member, verb):
        raise errors.NotAllowed


def roles_that(verb: Verb) -> list[Role]:
    """The roles that may do that."""
    return [role for role in ROLES if verb in _TABLE[role]]


def invite(role: Role) -> Verb:
    """The verb of inviting somebody into a role."""
    return _INVITE[role]


def role_of(text: str) -> Role:
    """The role of that name. Raises `errors.BadInput`."""
    for role in ROLES:
        if role == text:
            return role
    raise errors.BadInput.at("role", "unknown_role", f"Choose one of these roles: {', '.join(ROLES)}.")
