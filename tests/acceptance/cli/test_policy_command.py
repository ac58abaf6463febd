"""`ruche policy check | diff | shadow | adopt | versions | mode`, typed at the command line."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from ruche import config, errors, recipe
from ruche import hive as houses
from ruche.actions import ask, tokens
from ruche.cli import app
from ruche.membership import members

STRICTER = "[images]\ndistance = 40\n\n[desk]\noldest_hours = 24\n"


@pytest.fixture
def settings_of(database_url, tmp_path, monkeypatch):
    monkeypatch.setenv("RUCHE_DATABASE_URL", database_url)
    monkeypatch.setenv("RUCHE_DATA", str(tmp_path))
    monkeypatch.delenv("RUCHE_TOKEN", raising=False)
    return config.Settings(data=tmp_path, database_url=database_url)


@pytest.fixture
def ruche(settings_of):
    """Types `ruche ...`; gives what it printed, and expects this exit status."""

    def typed(*words, status=0, token=None):
        environment = {"RUCHE_TOKEN": token} if token else {}
        found = CliRunner().invoke(app.app, words, env=environment, catch_exceptions=True)
        if isinstance(found.exception, errors.RucheError):
            assert status == 1
            return found.exception.sentence
        assert (found.exit_code, found.exception if status == 0 else None) == (status, None)
        return found.stdout

    return typed


def within(settings, work):
    async def run():
        async with houses.opened(settings) as house:
            return await work(house)

    return asyncio.run(run())


@pytest.fixture
def token_of(settings_of):
    """A token of a new member's, with the scope to oversee unless another is given."""

    def make(name, role="operator", scope="oversee"):
        async def work(house):
            async with house.database.writing() as conn:
                member = await members.add(conn, name, role)
            return (await tokens.make(house, member, "policy", (scope,)))[1]

        return within(settings_of, work)

    return make


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text(STRICTER)
    return path


def test_check_needs_no_database_and_tells_what_differs(file, monkeypatch, tmp_path):
    monkeypatch.setenv("RUCHE_DATABASE_URL", "postgresql://nobody@/none?host=/nowhere")
    found = CliRunner().invoke(app.app, ["policy", "check", str(file)])
    assert found.exit_code == 0
    assert "images.distance: 31 becomes 40, stricter" in found.stdout


def test_check_tells_every_fault_at_once(ruche, file):
    file.write_text("[images]\ndistance = 3\nsharp = 1\n[desk]\nappeal_days = 'x'\n")
    lines = ruche("policy", "check", str(file), status=1).splitlines()
    assert len(lines) == 3
    report = json.loads(ruche("policy", "check", str(file), "--json", status=1))
    assert report["fit"] is False
    assert [fault["field"] for fault in report["faults"]] == [
        "images.distance",
        "images.sharp",
        "desk.appeal_days",
    ]


@pytest.mark.parametrize(
    ("written", "words"),
    [(b"\xff\xfe", "UTF-8"), (b"x = [", "not TOML"), (b"#" * 70_000, "at most 64 KB")],
)
def test_a_file_that_is_no_policy_is_told_in_a_sentence(ruche, file, written, words):
    file.write_bytes(written)
    assert words in ruche("policy", "check", str(file), status=1)


def test_a_file_that_is_not_there_is_told(ruche, tmp_path):
    assert "cannot be read" in ruche("policy", "check", str(tmp_path / "none.toml"), status=1)
    assert "cannot be read" in ruche("policy", "check", str(tmp_path), status=1)


def test_two_operators_bring_a_file_into_force(ruche, file, token_of):
    one, two = token_of("Olga"), token_of("Otto")
    assert "images.distance: 31 becomes 40, stricter" in ruche("policy", "diff", str(file))
    assert ruche("policy", "adopt", str(file), token=one).startswith("Proposed as version 1")
    assert "another operator must adopt it" in ruche("policy", "adopt", str(file), token=one, status=1)
    listed = ruche("policy", "versions")
    assert listed.startswith("1  proposed")
    assert "Tried in shadow against version 0 on" in listed
    adopted = ruche("policy", "adopt", str(file), token=two)
    assert adopted.startswith("Version 1 is in force.")
    assert "Tried in shadow against version 0 on" in adopted
    assert "not tried: images.distance" in adopted
    assert ruche("policy", "diff", str(file)) == "Against version 1:\n  nothing\n"
    [version] = json.loads(ruche("policy", "versions", "--json"))["versions"]
    assert (version["number"], version["text"], bool(version["adopted_at"])) == (1, STRICTER, True)


def test_a_token_may_lie_in_a_file_and_must_be_good_for_this(ruche, file, token_of, tmp_path):
    kept = tmp_path / "token"
    kept.write_text(token_of("Olga") + "\n")
    assert ruche("policy", "adopt", str(file), "--token-file", str(kept)).startswith("Proposed")
    assert "Say who you are" in ruche("policy", "adopt", str(file), status=1)
    assert "Say who you are" in ruche("policy", "adopt", str(file), status=1, token="ruche_" + "0" * 64)
    assert "lacks the scope" in ruche(
        "policy", "adopt", str(file), status=1, token=token_of("Ove", scope="read")
    )
    assert "does not allow" in ruche(
        "policy", "adopt", str(file), status=1, token=token_of("Mo", "moderator")
    )
    assert "cannot be read" in ruche("policy", "adopt", str(file), "--token-file", "/nowhere", status=1)


def test_shadow_tells_by_rule_and_shows_no_text(ruche, file, settings_of, tmp_path):
    async def asked(house):
        async with house.database.writing() as conn:
            mia = await members.add(conn, "Mia", "member")
        for prompt in ("a quixibloom in a vase", "a red circle", "two quixiblooms"):
            await ask.ask(house, mia, recipe.Recipe(prompt=prompt))

    within(settings_of, asked)
    terms = tmp_path / "terms.txt"
    terms.write_text("quixibloom\n")
    file.write_text(f'[prompts]\nlexicons = ["flowers:{terms}"]\n')
    report = json.loads(ruche("policy", "shadow", str(file), "--json"))
    assert report["looked_at"] == {"job": 3}
    [difference] = report["differences"]
    assert (difference["before"], difference["after"], difference["count"]) == ("allow", "refuse", 2)
    told = ruche("policy", "shadow", str(file))
    assert "2 jobs: allow becomes refuse" in told
    assert "quixibloom" not in told
    file.write_text(STRICTER)
    assert "nothing would have been different" in ruche("policy", "shadow", str(file))


def test_what_a_house_is_and_lacks_can_be_read_and_switched(ruche, token_of):
    one, two = token_of("Olga"), token_of("Otto")
    told = ruche("policy", "mode")
    assert told.startswith("This house: general images only.")
    assert "Mature lacks legal_contact" in told
    assert "name a provider" in ruche("policy", "mode", "mature", token=one, status=1)
    assert "another operator agrees" in ruche("policy", "mode", "outside", token=one)
    assert ruche("policy", "mode", "outside", token=two) == "outside is on.\n"
    assert json.loads(ruche("policy", "mode", "--json"))["mode"]["outside"] is True
    assert ruche("policy", "mode", "outside", "--off", token=one).startswith("outside is off")
    assert "Choose one of these" in ruche("policy", "mode", "sideways", token=one, status=1)


def test_the_doctor_tells_the_floor_and_the_policy(ruche, settings_of, monkeypatch):
    report = json.loads(CliRunner().invoke(app.app, ["doctor", "--json"]).stdout)
    found = {check["check"]: check for check in report["checks"]}
    assert "promises hold" in found["floor"]["found"]
    assert found["policy"]["found"] == "version 0 in force; general images only"
    assert found["floor"]["well"]
    assert found["policy"]["well"]


def test_an_age_is_recorded_by_another_than_its_owner(ruche, token_of, file):
    one, two = token_of("Olga"), token_of("Otto")
    age = ("members", "age", "Otto", "--method", "photo_id", "--reference", "A-17")
    assert "name a provider" in ruche(*age, token=one, status=1)
    file.write_text('[mature]\nage_provider = "marker"\n')
    for token in (one, two):
        ruche("policy", "adopt", str(file), token=token)
    assert "Nobody vouches for their own age" in ruche(*age, token=two, status=1)
    assert ruche(*age, token=one).startswith("The age of Otto is verified until")
    assert ruche("members", "age", "Otto", "--withdraw", token=one) == "The age of Otto no longer counts.\n"


def test_a_file_of_terms_is_read_when_it_is_checked_and_its_absence_told(ruche, file, tmp_path, token_of):
    terms = tmp_path / "terms.txt"
    file.write_text(f'[prompts]\nlexicons = ["flowers:{terms}"]\n')
    report = json.loads(ruche("policy", "check", str(file), "--json", status=1))
    assert [fault["field"] for fault in report["faults"]] == ["prompts.lexicons"]
    for command in ("diff", "shadow"):
        assert "cannot be used" in ruche("policy", command, str(file), status=1)
    one = token_of("Olga")
    assert "cannot be used" in ruche("policy", "adopt", str(file), token=one, status=1)
    terms.write_text("quixibloom\n")
    assert f"becomes [flowers:{terms} (" in ruche("policy", "check", str(file))
    ruche("policy", "adopt", str(file), token=one)
    listed = ruche("policy", "versions")
    assert f"terms of flowers:{terms} (" in listed
    assert "quixibloom" not in listed
