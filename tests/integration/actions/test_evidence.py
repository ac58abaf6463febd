"""What leaves the vault, and how it gets to an authority."""

import asyncio
import http.server
import io
import json
import threading
import uuid
import zipfile
from dataclasses import replace

import pytest

from ruche import errors
from ruche.actions import deliver, duty, evidence, handover
from ruche.moderation import authority, handovers, packages
from tests import markers
from tests.integration.actions.looked import claimed, custodian, known, one, rows

SCENE = markers.scene(1)
PNG = b"\x89PNG"


@pytest.fixture
async def sealed(hive, member, operator):
    """A piece of evidence: its id, and the key to it. The operator is a custodian by duty."""
    await duty.give(hive, None, operator.id, "custodian")
    key = custodian(hive)
    await known(hive, SCENE)
    claim = await claimed(hive, member, prompt="a yellow star")
    with pytest.raises(errors.ClaimLost):
        await deliver.deliver(hive, claim, 0, SCENE, seconds=0.5)
    return await one(hive, "select id from vault"), key


async def acts(hive):
    return await rows(
        hive,
        "select tag, actor, facts::jsonb -> 'facts' ->> 'why' from audit "
        "where subject like 'evidence:%%' order by seq",
    )


async def test_a_custodians_key_opens_it_and_the_audit_says_who_and_why(hive, member, operator, sealed):
    piece, key = sealed
    data = await evidence.open_up(hive, operator, piece, private=key, why="  case\n 7 ")
    assert data.startswith(PNG)
    assert await acts(hive) == [("vault:open", operator.id, "case 7")]
    with pytest.raises(errors.NotAllowed):
        await evidence.open_up(hive, member, piece, private=key, why="curious")
    for why in ("", " ", "x" * 501):
        with pytest.raises(errors.BadInput):
            await evidence.open_up(hive, operator, piece, private=key, why=why)
    with pytest.raises(errors.CannotOpen):
        await evidence.open_up(hive, operator, piece, private=custodian(hive, "Late"), why="too late")
    with pytest.raises(errors.NotFound):
        await evidence.open_up(hive, operator, uuid.uuid4(), private=key, why="none")
    assert len(await acts(hive)) == 1


@pytest.mark.parametrize("with_key", [False, True])
async def test_a_package_is_signed_and_holds_the_picture_only_with_a_key(hive, operator, sealed, with_key):
    piece, key = sealed
    data = await evidence.export(hive, operator, piece, why="asked for", private=key if with_key else None)
    found = packages.checked(data)
    assert found.sound
    assert found.key == evidence.house_key(hive.settings.data).verify_key.encode().hex()
    assert found.manifest["evidence"]["id"] == str(piece)
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        assert ("picture.png" in whole.namelist()) is with_key
        case = json.loads(whole.read("case.json"))
    assert (case["kind"], case["recipe"]["prompt"], case["name"]) == ("match", "a yellow star", "Mia")
    assert (PNG in data) is with_key


async def test_the_default_authority_is_a_test_that_gets_no_picture(hive, operator, sealed):
    piece, key = sealed
    to = authority.chosen(hive.settings, token="")
    receipt = await handover.send(hive, operator, piece, to, private=key)
    assert receipt == f"test:{piece}"
    folder = hive.settings.data / "authority-test"
    assert "This is a test" in (folder / f"{piece}.json").read_text()
    package = (folder / f"{piece}.zip").read_bytes()
    assert packages.checked(package).sound
    assert PNG not in package
    with pytest.raises(errors.Conflict, match="handed over before"):
        await handover.send(hive, operator, piece, to)
    await handover.send(hive, operator, piece, to, again=True)
    assert [tag for tag, *_ in await acts(hive)] == ["evidence:send", "evidence:send"]


@pytest.fixture
def desk():
    """An authority on this machine that is down for its first calls; gives address and what it was sent."""
    sent, down = [], [2]

    class Desk(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            data = self.rfile.read(int(self.headers["content-length"]))
            sent.append((data, self.headers["authorization"], self.headers["x-officer"]))
            down[0] -= 1
            self.send_response(503 if down[0] >= 0 else 200)
            self.end_headers()
            self.wfile.write(b"case\n 42")

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Desk) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", sent, down
        server.shutdown()
        thread.join()


async def later(hive, hours):
    """As if so many hours had passed since the last try."""
    async with hive.database.writing() as conn:
        await conn.execute(
            "update handovers set asked_at = asked_at - make_interval(hours => %(h)s), "
            "next_at = next_at - make_interval(hours => %(h)s)",
            {"h": hours},
        )


async def alarms(hive):
    return await rows(
        hive, "select restricted, facts ->> 'state' from cases where kind = 'handover' order by opened_at"
    )


async def test_what_does_not_arrive_is_tried_again_without_the_picture(hive, operator, sealed, desk):
    (piece, key), (address, sent, _) = sealed, desk
    settings = replace(hive.settings, authority_url=address, authority_officer="Ödön Officer")
    to = authority.chosen(settings, token="secret")
    with pytest.raises(errors.AuthorityAway, match="503"):
        await handover.send(hive, operator, piece, to, private=key)
    assert await handover.retry(hive, to) == 0
    assert len(sent) == 1
    await later(hive, 1)
    assert await handover.retry(hive, to) == 0
    # The pause has grown: an hour later is soon enough again, and then it arrives.
    await later(hive, 1)
    assert await handover.retry(hive, to) == 1
    assert await handover.retry(hive, to) == 0
    data, credentials, officer = sent[-1]
    assert (credentials, officer) == ("Bearer secret", "\\xd6d\\xf6n Officer")
    assert [PNG in package for package, *_ in sent] == [True, False, False]
    assert packages.checked(data).sound
    told = await rows(hive, "select tag, actor from audit where subject like 'evidence:%%' order by seq")
    assert told == [
        ("evidence:fail", operator.id), ("evidence:fail", None), ("evidence:send", None)
    ]  # fmt: skip
    with pytest.raises(errors.Conflict, match="case 42"):
        await handover.send(hive, operator, piece, to)
    assert await alarms(hive) == []


async def test_a_day_without_an_arrival_calls_for_a_person_once(hive, operator, sealed, desk):
    (piece, _), (address, _, down) = sealed, desk
    down[0] = 99
    to = authority.chosen(
        replace(hive.settings, authority_url=address, authority_officer="Otto"), token="secret"
    )
    with pytest.raises(errors.AuthorityAway):
        await handover.send(hive, operator, piece, to)
    await later(hive, 23)
    await handover.retry(hive, to)
    assert await alarms(hive) == []
    await later(hive, 1)
    for _ in range(2):
        await handover.retry(hive, to)
        assert await alarms(hive) == [(True, "late")]
    assert await one(hive, "select count(*) from audit where tag = 'evidence:alarm'") == 1


async def test_after_the_last_try_it_is_given_up_and_a_custodian_begins_anew(hive, operator, sealed, desk):
    (piece, _), (address, sent, down) = sealed, desk
    down[0] = handovers.MOST_TRIES
    to = authority.chosen(
        replace(hive.settings, authority_url=address, authority_officer="Otto"), token="secret"
    )
    with pytest.raises(errors.AuthorityAway):
        await handover.send(hive, operator, piece, to)
    for _ in range(handovers.MOST_TRIES + 3):
        await later(hive, 12)
        await handover.retry(hive, to)
    assert len(sent) == handovers.MOST_TRIES
    assert await alarms(hive) == [(True, "late"), (True, "dead")]
    async with hive.database.reading() as conn:
        [dead] = await handovers.listed(conn)
    assert (dead.ended, dead.next_at) == ("dead", None)
    assert await handover.send(hive, operator, piece, to) == "case 42"
    async with hive.database.reading() as conn:
        assert await handovers.listed(conn) == []


async def test_a_try_that_a_crash_cut_short_comes_again_and_never_twice_at_once(hive, operator, sealed, desk):
    (piece, _), (address, sent, down) = sealed, desk
    down[0] = 1
    to = authority.chosen(
        replace(hive.settings, authority_url=address, authority_officer="Otto"), token="secret"
    )
    with pytest.raises(errors.AuthorityAway):
        await handover.send(hive, operator, piece, to)
    await later(hive, 1)
    async with hive.database.writing() as conn:
        assert await handovers.take_due(conn, to.name)
    # The process that took it is gone; the row says when somebody else may.
    assert await handover.retry(hive, to) == 0
    await later(hive, 1)
    assert sum(await asyncio.gather(handover.retry(hive, to), handover.retry(hive, to))) == 1
    assert len(sent) == 2


@pytest.mark.parametrize("act", ["open", "export", "send"])
async def test_nobody_touches_evidence_without_the_duty_of_a_custodian(hive, operator, sealed, act):
    piece, key = sealed
    await duty.take(hive, None, operator.id, "custodian")
    to = authority.chosen(hive.settings, token="")
    deeds = {
        "open": lambda: evidence.open_up(hive, operator, piece, private=key, why="case 7"),
        "export": lambda: evidence.export(hive, operator, piece, why="case 7", private=key),
        "send": lambda: handover.send(hive, operator, piece, to, private=key),
    }
    with pytest.raises(errors.DutyMissing, match="custodian"):
        await deeds[act]()
    assert await acts(hive) == []
    await duty.give(hive, None, operator.name, "custodian")
    assert await deeds[act]()


@pytest.mark.parametrize(
    ("changes", "token"),
    [
        ({"authority_url": "https://example.org/"}, ""),
        ({"authority_url": "https://example.org/"}, "secret"),
        ({"authority_url": "https://example.org/", "authority_officer": "Otto"}, ""),
        ({"authority_officer": "Otto"}, ""),
        ({}, "secret"),
        ({"authority_url": "http://example.org/", "authority_officer": "Otto"}, "secret"),
    ],
)
def test_half_an_authority_is_refused_and_never_a_test(settings, changes, token):
    with pytest.raises(errors.BadSettings):
        authority.chosen(replace(settings, **changes), token=token)
