"""`ruche banks`, `ruche evidence` and `ruche models mark`, typed at the command line."""

import asyncio
import json
import random
import stat

import pytest
from typer.testing import CliRunner

from ruche import config, errors, hive
from ruche.actions import deliver, tokens
from ruche.cli import app
from ruche.engine import shelf
from ruche.membership import members
from ruche.moderation import packages
from tests import markers
from tests.integration.actions.looked import claimed, known, one

DRAW = random.Random(5)


@pytest.fixture
def ruche(database_url, tmp_path, monkeypatch):
    """Types `ruche ...` in a house and gives what it printed."""
    monkeypatch.setenv("RUCHE_DATABASE_URL", database_url)
    monkeypatch.setenv("RUCHE_DATA", str(tmp_path / "house"))

    def typed(*words, status=0, stdin=None):
        found = CliRunner().invoke(app.app, [*map(str, words)], catch_exceptions=False, input=stdin)
        assert found.exit_code == status
        return found.stdout

    return typed


@pytest.fixture
def within(ruche, database_url, tmp_path):
    """Does something in the house."""

    def do(work):
        async def run():
            settings = config.Settings(data=tmp_path / "house", database_url=database_url)
            async with hive.opened(settings) as house:
                return await work(house)

        return asyncio.run(run())

    return do


@pytest.fixture
def olga(within, monkeypatch):
    """An operator, whose token is in the environment."""

    async def joined(house):
        async with house.database.writing() as conn:
            member = await members.add(conn, "Olga", "operator")
        _, token = await tokens.make(house, member, "desk", ["oversee"])
        return token

    monkeypatch.setenv("RUCHE_TOKEN", within(joined))


def bank(tmp_path, *lines):
    path = tmp_path / "bank.txt"
    path.write_text("\n".join(lines))
    return path


def drawn(count):
    return [f"pdq {DRAW.randbytes(32).hex()}" for _ in range(count)]


def test_a_bank_comes_in_is_listed_goes_out_and_is_removed(ruche, tmp_path):
    lines = drawn(5)
    path = bank(tmp_path, *lines)
    options = ("--bank", "one", "--category", "child-safety")
    assert json.loads(ruche("banks", "import", path, *options, "--json"))["added"] == 5
    assert json.loads(ruche("banks", "import", "-", *options, "--json", stdin=path.read_text()))["added"] == 0
    [told] = json.loads(ruche("banks", "list", "--json"))["banks"]
    assert (told["bank"], told["pdq"], told["categories"]) == ("one", 5, ["child-safety"])
    assert sorted(ruche("banks", "export", "one", "--format", "lines").split("\n")[:-1]) == sorted(lines)
    for form in ("csv", "json"):
        out = tmp_path / f"out.{form}"
        out.write_text(ruche("banks", "export", "one", "--format", form))
        copy = ("banks", "import", out, "--bank", form, "--category", "other", "--json")
        assert json.loads(ruche(*copy))["added"] == 5
    copies = json.loads(ruche("banks", "list", "--json"))["banks"]
    assert {one["categories"][0] for one in copies} == {"child-safety"}
    ruche("banks", "remove", "one")
    assert len(json.loads(ruche("banks", "list", "--json"))["banks"]) == 2
    for words in (("remove", "one"), ("export", "one")):
        with pytest.raises(errors.NotFound):
            ruche("banks", *words)


def test_a_faulty_file_is_refused_with_every_fault_and_none_of_its_rows(ruche, tmp_path):
    path = bank(tmp_path, *drawn(3), "pdq nonsense", "pdq " + "0" * 64)
    options = ("--bank", "one", "--category", "other")
    with pytest.raises(errors.BadInput, match="Nothing was imported") as refused:
        ruche("banks", "import", path, *options)
    assert "nonsense" not in refused.value.sentence
    assert "There are no banks yet" in ruche("banks", "list")
    assert "3 of 3 fingerprints are new" in ruche("banks", "import", path, *options, "--sound-only")
    with pytest.raises(errors.BadInput, match="cannot be read"):
        ruche("banks", "import", tmp_path / "none", *options)


def test_a_custodian_is_made_once_and_listed(ruche, tmp_path):
    assert "is not kept" in ruche("evidence", "custodians")
    ruche("evidence", "keygen", "Cora", "--out", tmp_path / "cora.key")
    assert stat.S_IMODE((tmp_path / "cora.key").stat().st_mode) == 0o600
    assert ruche("evidence", "custodians").startswith("Cora  ")
    for name, out in (("Cora", "other.key"), ("../Eve", "eve.key"), ("Bo", "cora.key")):
        with pytest.raises(errors.BadInput):
            ruche("evidence", "keygen", name, "--out", tmp_path / out)
    assert not (tmp_path / "other.key").exists()


@pytest.fixture
def evidence(ruche, within, olga, tmp_path):
    """A piece in the vault."""
    ruche("evidence", "keygen", "Cora", "--out", tmp_path / "cora.key")
    ruche("members", "duty", "Olga", "custodian")

    async def caught(house):
        async with house.database.writing() as conn:
            mia = await members.add(conn, "Mia", "member")
        await known(house, markers.scene(1))
        with pytest.raises(errors.ClaimLost):
            await deliver.deliver(house, await claimed(house, mia), 0, markers.scene(1), seconds=0.5)
        return await one(house, "select id from vault")

    return within(caught)


def test_evidence_is_opened_exported_checked_and_handed_over(ruche, evidence, tmp_path, monkeypatch):
    [told] = json.loads(ruche("evidence", "list", "--json"))["evidence"]
    assert (told["id"], told["custodians"]) == (str(evidence), ["Cora"])
    picture, package = tmp_path / "picture.png", tmp_path / "package.zip"
    key = ("--key", tmp_path / "cora.key", "--why", "case 7")
    ruche("evidence", "open", evidence, *key, "--out", picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(errors.BadInput, match="exists already"):
        ruche("evidence", "open", evidence, *key, "--out", picture)
    ruche("evidence", "export", evidence, *key, "--out", package)
    sound = json.loads(ruche("evidence", "verify", package, "--json"))
    assert (sound["sound"], sound["evidence"]["id"]) == (True, str(evidence))
    assert ruche("evidence", "verify", package, "--key", sound["key"]).startswith("Sound")
    ruche("evidence", "verify", package, "--key", "ab" * 32, status=1)
    assert packages.checked(package.read_bytes()).sound
    data = bytearray(package.read_bytes())
    data[data.index(b"\x89PNG") + 100] ^= 1
    package.write_bytes(data)
    assert "picture.png was changed" in ruche("evidence", "verify", package, status=1)
    assert "nothing left the house" in ruche("evidence", "send", evidence)
    with pytest.raises(errors.BadInput, match="no custodian's secret key"):
        ruche("evidence", "send", evidence, "--key", picture)
    monkeypatch.setenv("RUCHE_TOKEN", "ruche_none")
    with pytest.raises(errors.BadInput, match="Say who you are"):
        ruche("evidence", "open", evidence, *key, "--out", tmp_path / "again.png")
    assert not (tmp_path / "again.png").exists()


def test_a_model_is_marked_by_an_operators_token(ruche, within, olga, monkeypatch):
    async def put(house):
        house.shelf.add(shelf.EMBEDDED_PATH, name="other")

    within(put)
    assert json.loads(ruche("models", "mark", "other", "--json"))["marked"]
    assert not json.loads(ruche("models", "mark", "other", "--take-back", "--json"))["marked"]
    monkeypatch.delenv("RUCHE_TOKEN")
    with pytest.raises(errors.BadInput, match="Say who you are"):
        ruche("models", "mark", "other")
