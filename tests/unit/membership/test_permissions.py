"""Who may do what, as one table: a change of it is a change of this page."""

from dataclasses import dataclass

import pytest

from ruche import errors
from ruche.membership import permissions

TABLE = {
    # verb               operator  moderator  member
    "ask": (True, True, True),
    "read": (True, True, True),
    "discard": (True, True, True),
    "publish": (True, True, True),
    "keep_tokens": (True, True, True),
    "report": (True, True, True),
    "appeal": (True, True, True),
    "see_members": (True, True, False),
    "invite_member": (True, True, False),
    "see_cases": (True, True, False),
    "decide_case": (True, True, False),
    "see_measures": (True, True, False),
    "invite_moderator": (True, False, False),
    "invite_operator": (True, False, False),
    "link_member": (True, False, False),
    "disable_member": (True, False, False),
    "change_role": (True, False, False),
    "keep_banks": (True, False, False),
    "keep_names": (True, False, False),
    "mark_model": (True, False, False),
    "keep_evidence": (True, True, False),
    "set_policy": (True, False, False),
    "switch_mode": (True, False, False),
    "record_age": (True, False, False),
    "give_duty": (True, False, False),
}
ROLES = ("operator", "moderator", "member")


@dataclass(frozen=True)
class Person:
    role: str


def test_the_table_here_is_the_whole_table():
    assert set(TABLE) == set(permissions.VERBS)
    assert set(ROLES) == set(permissions.ROLES)


@pytest.mark.parametrize("verb", TABLE)
@pytest.mark.parametrize(("column", "role"), list(enumerate(ROLES)))
def test_each_role_may_what_the_table_says(verb, column, role):
    allowed = TABLE[verb][column]
    assert permissions.may(Person(role), verb) is allowed
    if allowed:
        permissions.require(Person(role), verb)
    else:
        with pytest.raises(errors.NotAllowed):
            permissions.require(Person(role), verb)


@pytest.mark.parametrize("verb", permissions.VERBS)
def test_a_higher_role_may_all_that_a_lower_one_may(verb):
    allowed = [permissions.may(Person(role), verb) for role in ROLES]
    assert allowed == sorted(allowed, reverse=True)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_invites_above_themselves(role):
    for wanted in ROLES[: ROLES.index(role)]:
        assert not permissions.may(Person(role), permissions.invite(wanted))


@pytest.mark.parametrize("text", ["", "admin", "Operator", "operator ", "member\0"])
def test_an_unknown_role_is_refused(text):
    with pytest.raises(errors.BadInput) as caught:
        permissions.role_of(text)
    assert (caught.value.code, caught.value.field) == ("unknown_role", "role")
