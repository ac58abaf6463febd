"""`ruche members`, typed at the command line."""

import json

import pytest
from typer.testing import CliRunner

from ruche import errors
from ruche.cli import members


@pytest.fixture
def ruche(database_url, tmp_path, monkeypatch):
    """Types `ruche members ...` and gives what it printed."""
    monkeypatch.setenv("RUCHE_DATABASE_URL", database_url)
    monkeypatch.setenv("RUCHE_PUBLIC_URL", "https://bees.example")

    def typed(*words):
        found = CliRunner().invoke(members.app, [*words, "--data", str(tmp_path)], catch_exceptions=False)
        assert found.exit_code == 0
        return found.stdout

    return typed


def joined(settings_url, name, link):
    import asyncio

    from ruche import config, hive
    from ruche.actions import join

    async def come_in():
        async with hive.opened(config.Settings(database_url=settings_url)) as house:
            await join.open_link(house, link.rsplit("/", 1)[1].strip(), name)

    asyncio.run(come_in())


def test_an_invitation_is_a_link_that_lets_somebody_in(ruche, database_url):
    link = ruche("invite", "--role", "moderator")
    assert link.startswith("https://bees.example/in/")
    joined(database_url, "Ada", link)
    (line,) = json.loads(ruche("list", "--json"))["members"]
    assert (line["name"], line["role"], line["disabled_at"]) == ("Ada", "moderator", None)


def test_a_member_is_switched_off_and_on(ruche, database_url):
    joined(database_url, "Ada", ruche("invite"))
    assert ruche("disable", "ADA") == "ADA is switched off.\n"
    assert ruche("list") == "Ada  (member, switched off)\n"
    ruche("enable", "ada")
    assert ruche("list") == "Ada  (member)\n"


def test_a_duty_is_given_to_staff_and_taken_again(ruche, database_url):
    joined(database_url, "Ada", ruche("invite", "--role", "moderator"))
    assert ruche("duty", "ada", "restricted") == "ada has the duty restricted.\n"
    assert json.loads(ruche("duty", "Ada", "restricted", "--take", "--json"))["has"] is False
    joined(database_url, "Ben", ruche("invite"))
    with pytest.raises(errors.Conflict, match="moderators and operators"):
        ruche("duty", "Ben", "restricted")
    with pytest.raises(errors.BadInput, match="restricted, custodian"):
        ruche("duty", "Ada", "everything")
    with pytest.raises(errors.NotFound):
        ruche("duty", "Cem", "restricted")


def test_a_lost_member_gets_a_link(ruche, database_url):
    joined(database_url, "Ada", ruche("invite"))
    link = json.loads(ruche("link", "ada", "--json"))["link"]
    joined(database_url, None, link)
    with pytest.raises(errors.LinkSpent):
        joined(database_url, None, link)


def test_a_role_is_given(ruche, database_url):
    joined(database_url, "Ada", ruche("invite"))
    assert ruche("role", "ada", "operator") == "ada is now operator.\n"
    with pytest.raises(errors.Conflict):
        ruche("role", "ada", "member")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("link", "nobody"), errors.NotFound),
        (("disable", "nobody"), errors.NotFound),
        (("invite", "--role", "emperor"), errors.BadInput),
    ],
)
def test_what_cannot_be_done_is_an_error_of_the_house(ruche, words, error):
    with pytest.raises(error):
        ruche(*words)


@pytest.mark.parametrize("command", ["list", "invite", "link", "role", "disable", "enable"])
def test_every_command_has_help_with_an_example(command):
    shown = CliRunner().invoke(members.app, [command, "--help"]).stdout
    assert "Example: ruche members" in shown
