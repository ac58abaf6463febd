"""What leaves the vault, and how it gets to an authority."""

import http.server
import io
import json
import threading
import uuid
import zipfile
from dataclasses import replace

import pytest

from ruche import errors
from ruche.actions import deliver, evidence
from ruche.moderation import authority, packages
from tests import markers
from tests.integration.actions.looked import claimed, custodian, known, one, rows

SCENE = markers.scene(1)
PNG = b"\x89PNG"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """No pauses between tries."""
    monkeypatch.setattr(evidence, "PAUSES", (0.0, 0.0))


@pytest.fixture
async def sealed(hive, member):
    """A piece of evidence: its id, and the key to it."""
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
    receipt = await evidence.send(hive, operator, piece, to, private=key)
    assert receipt == f"test:{piece}"
    folder = hive.settings.data / "authority-test"
    assert "This is a test" in (folder / f"{piece}.json").read_text()
    package = (folder / f"{piece}.zip").read_bytes()
    assert packages.checked(package).sound
    assert PNG not in package
    with pytest.raises(errors.Conflict, match="handed over before"):
        await evidence.send(hive, operator, piece, to)
    await evidence.send(hive, operator, piece, to, again=True)
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


async def test_a_real_authority_is_tried_again_until_it_answers(hive, operator, sealed, desk):
    (piece, key), (address, sent, _) = sealed, desk
    settings = replace(hive.settings, authority_url=address, authority_officer="Ödön Officer")
    to = authority.chosen(settings, token="secret")
    assert await evidence.send(hive, operator, piece, to, private=key) == "case 42"
    assert len(sent) == 3
    data, credentials, officer = sent[-1]
    assert (credentials, officer) == ("Bearer secret", "\\xd6d\\xf6n Officer")
    assert PNG in data
    assert [tag for tag, *_ in await acts(hive)] == ["evidence:fail", "evidence:fail", "evidence:send"]


async def test_an_authority_that_stays_away_leaves_the_evidence_to_be_sent_again(
    hive, operator, sealed, desk
):
    (piece, _), (address, sent, down) = sealed, desk
    down[0] = 3
    settings = replace(hive.settings, authority_url=address, authority_officer="Otto")
    to = authority.chosen(settings, token="secret")
    with pytest.raises(errors.AuthorityAway, match="503"):
        await evidence.send(hive, operator, piece, to)
    assert await evidence.send(hive, operator, piece, to) == "case 42"
    assert [tag for tag, *_ in await acts(hive)] == ["evidence:fail"] * 3 + ["evidence:send"]
    assert len(sent) == 4


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
