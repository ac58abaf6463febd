"""Every page of supervision and whom it answers: everybody, members, staff, who see restricted cases."""

import contextlib
import re
import uuid

import pytest

from ruche.actions import duty
from tests.acceptance.web import staged

NOBODY = uuid.UUID(int=7)


@pytest.fixture
def people(house, folk):
    """Somebody of each kind, each with a session; the stranger has none."""
    with contextlib.ExitStack() as opened:
        kinds = {"member": folk.mia, "other": folk.sten, "moderator": folk.mo, "second": folk.nils}
        yield {
            kind: opened.enter_context(house.client(who))
            for kind, who in [*kinds.items(), ("stranger", None)]
        }


@pytest.fixture
def stage(house, folk):
    return staged.stage(house, folk)


def test_each_page_answers_those_whom_it_is_for(people, stage):
    order = ("stranger", "member", "other", "moderator")
    table = {
        "/notice": (200, 200, 200, 200),
        "/artists": (200, 200, 200, 200),
        "/transparency": (200, 200, 200, 200),
        "/transparency.csv": (200, 200, 200, 200),
        "/verify": (200, 200, 200, 200),
        "/ai.txt": (200, 200, 200, 200),
        "/.well-known/tdmrep.json": (200, 200, 200, 200),
        "/tdm-policy.json": (200, 200, 200, 200),
        stage.receipt: (200, 200, 200, 200),
        stage.request: (200, 200, 200, 200),
        f"/notice/{NOBODY}": (404, 404, 404, 404),
        f"/artists/{NOBODY}": (404, 404, 404, 404),
        "/account/statements": (401, 200, 200, 200),
        stage.statement: (401, 200, 404, 404),
        f"/statements/{NOBODY}": (401, 404, 404, 404),
        "/statements/x": (401, 404, 404, 404),
        f"/account/refusals/{NOBODY}": (401, 404, 404, 404),
        f"/images/{stage.images[2]}/report": (401, 404, 200, 200),
        f"/images/{stage.hidden}/report": (401, 404, 404, 404),
        "/desk": (401, 403, 403, 200),
        "/desk?kind=held&after=nonsense": (401, 403, 403, 200),
        "/desk/measures": (401, 403, 403, 200),
        f"/desk/cases/{stage.held}": (401, 403, 403, 200),
        f"/desk/cases/{stage.held}/image": (401, 403, 403, 404),
        f"/desk/cases/{NOBODY}": (401, 403, 403, 404),
        "/desk/cases/x": (401, 404, 404, 404),
    }
    found = {address: tuple(people[kind].get(address).status_code for kind in order) for address in table}
    assert found == table


def test_forms_need_their_word_and_their_role(people, stage):
    case, image, fields = stage.held, stage.images[2], {"act": "release", "code-release": "routine"}
    addresses = (
        "/desk/next", f"/desk/cases/{case}/claim", f"/desk/cases/{case}/release",
        f"/desk/cases/{case}/decide",
        f"/desk/cases/{case}/second", f"/desk/decisions/{NOBODY}/undo", f"/desk/cases/{case}/undo/{NOBODY}",
    )  # fmt: skip
    mine = (
        f"{stage.statement}/appeal", f"/images/{image}/report", f"/account/refusals/{NOBODY}/appeal",
        f"/images/{image}/publish",
    )  # fmt: skip
    for address in addresses + mine:
        for proof in ({}, {"csrf": "x" * 32}):
            answers = {
                kind: people[kind].post(address, data=fields | proof).status_code
                for kind in ("stranger", "member", "moderator")
            }
            assert answers == {"stranger": 401, "member": 403, "moderator": 403}, address
    for address in addresses:
        refused = people["member"].post_form(address, **fields).status_code
        assert refused == 403, address
    # None of it did anything.
    assert people["moderator"].cases() == stage.cases


def test_no_page_for_members_or_strangers_names_who_supervises(people, stage):
    maker, second = people["member"], people["second"]
    maker.post_form(f"{stage.statement}/appeal", words=staged.APPEAL)
    [appeal] = second.cases("appeal")
    assert second.decide(appeal, "overturn", "mistaken", note="Mo was in a hurry.").status_code == 303
    for case in second.cases("notice") + second.cases("optout"):
        act, code = ("remove", "real_person") if case in second.cases("notice") else ("deny", "unproven")
        assert second.decide(case, act, code, note="Nils looked.").status_code == 303
    pages = {
        "member": ("/", "/account", "/account/statements", stage.statement, staged.statement_of(maker),
                   f"/images/{stage.hidden}", "/transparency"),
        "other": ("/", "/account/statements", f"/images/{stage.hidden}", f"/images/{stage.images[2]}"),
        "stranger": (stage.receipt, stage.request, "/transparency", "/transparency.csv", "/artists"),
    }  # fmt: skip
    for kind, addresses in pages.items():
        for address in addresses:
            answer = people[kind].get(address)
            assert answer.status_code == 200, address
            assert not {"Mo", "Nils"} & set(re.findall(r"\w+", answer.text)), address


def test_a_restricted_case_is_there_for_its_holders_alone(people, stage, house, folk):
    with house.client() as parent:
        notice = staged.NOTICE | {"ground": "parent"}
        assert parent.fill("/notice", **notice).status_code == 303
    first, second = people["moderator"], people["second"]
    assert first.cases() == second.cases() == stage.cases
    house.do(duty.give(house.hive, None, folk.nils.id, "restricted"))
    [hidden] = [case for case in second.cases() if case not in stage.cases]
    assert 'class="tag">restricted' in second.get(f"/desk/cases/{hidden}").text
    for address in (f"/desk/cases/{hidden}", f"/desk/cases/{hidden}/image"):
        assert first.get(address).status_code == 404
    for deed in ("claim", "decide", "second", f"undo/{NOBODY}"):
        answer = first.post_form(f"/desk/cases/{hidden}/{deed}", act="keep", code="mistaken")
        assert answer.status_code == 404, deed
    # The line of the others does not even count it.
    assert 'Notices <span class="count">2<' in second.get("/desk").text
    assert 'Notices <span class="count">1<' in first.get("/desk").text
    assert second.decide(hidden, "keep", "routine").status_code == 303
    assert first.get(f"/desk/cases/{hidden}").status_code == 404
