"""`ruche policy names`, typed at the command line, and what it does to prompts."""

import asyncio
import json

import psycopg
import pytest
from typer.testing import CliRunner

from ruche import config, errors, recipe
from ruche import hive as houses
from ruche.actions import ask
from ruche.actions import names as deeds
from ruche.cli import app
from ruche.membership import members

NAME = "Quilla Vantreese"


@pytest.fixture
def settings(database_url, tmp_path, monkeypatch):
    monkeypatch.setenv("RUCHE_DATABASE_URL", database_url)
    monkeypatch.setenv("RUCHE_DATA", str(tmp_path))
    return config.Settings(data=tmp_path, database_url=database_url)


@pytest.fixture
def names(settings):
    """Types `ruche policy names ...`; gives what it printed or the sentence of its refusal."""

    def typed(*words, given=None):
        found = CliRunner().invoke(app.app, ["policy", "names", *words], input=given)
        if isinstance(found.exception, errors.RucheError):
            return found.exception.sentence
        assert (found.exit_code, found.exception) == (0, None)
        return found.stdout

    return typed


def within(settings, work):
    async def run():
        async with houses.opened(settings) as house:
            return await work(house)

    return asyncio.run(run())


def asked(settings, prompt):
    """What asking for this comes to: the code of the refusal, or None."""

    async def work(house):
        async with house.database.writing() as conn:
            known = [one.member for one in await members.roster(conn)]
            mia = known[0] if known else await members.add(conn, "Mia", "member")
        try:
            await ask.ask(house, mia, recipe.Recipe(prompt=prompt))
        except errors.PromptRefused as refused:
            return refused.code
        return None

    return within(settings, work)


def test_a_registered_artist_is_refused_until_the_name_is_retired(names, settings):
    prompt = f"a castle in the style of {NAME}"
    assert asked(settings, prompt) is None
    assert names("add", NAME, "--kind", "artist") == f"{NAME} is registered.\n"
    assert names("add", NAME.upper(), "--kind", "artist").endswith("was registered before.\n")
    assert asked(settings, prompt) == "artist_opted_out"
    assert names("retire", NAME.lower(), "--kind", "artist").endswith("may be named again.\n")
    assert asked(settings, prompt) is None
    assert "There is no such registered artist" in names("retire", NAME, "--kind", "artist")


def test_a_registered_person_is_refused_where_the_picture_is_intimate(names, settings):
    plain, intimate = f"{NAME} in a garden", f"{NAME} in lingerie"
    assert names("add", NAME) == f"{NAME} is registered.\n"
    assert asked(settings, plain) is None
    assert asked(settings, intimate) == "intimate_person"


def test_many_names_come_from_a_file_or_standard_input_at_once(names, tmp_path, database_url):
    file = tmp_path / "people.txt"
    file.write_text(f"# people\n{NAME}\n\n  Bram   Oosterveld \n{NAME.lower()}\n", encoding="utf-8-sig")
    assert names("import", str(file)) == "2 of these names are new.\n"
    assert names("import", "-", given=f"{NAME}\nIlse Korhonen\n") == "1 of these names are new.\n"
    listed = json.loads(names("list", "--json"))["names"]
    assert [(one["kind"], one["name"]) for one in listed] == [
        ("person", "Bram Oosterveld"), ("person", "Ilse Korhonen"), ("person", NAME),
    ]  # fmt: skip
    assert NAME in names("list")
    with psycopg.connect(database_url) as conn:
        acts = conn.execute("select tag, subject, facts from audit order by seq").fetchall()
    assert [act[:2] for act in acts] == [("names:add", "names:person")] * 2
    assert [json.loads(facts)["facts"]["count"] for _, _, facts in acts] == [2, 1]
    assert not any(NAME in facts for _, _, facts in acts)


def test_a_line_that_is_no_name_is_told_by_its_number_and_nothing_is_registered(names):
    told = names("import", "-", given=f"{NAME}\nx\n{'y' * 121}\n--\n\u200bab\n")
    assert [f"Line {number} is no name" in told for number in range(1, 6)] == [False, True, True, True, True]
    assert "yyy" not in told
    assert names("list") == "No name is registered yet.\n"
    assert "give at least one" in names("import", "-", given="# nobody\n")


def test_a_file_that_cannot_be_read_is_told(names, tmp_path):
    assert "cannot be read" in names("import", str(tmp_path / "none"))
    (tmp_path / "odd").write_bytes(b"ab\xff\n")
    assert "byte 3 of this file is not" in names("import", str(tmp_path / "odd"))


def test_a_name_that_an_artist_asked_for_is_not_retired_here(names, settings, database_url):
    with psycopg.connect(database_url) as conn:
        conn.execute(
            "insert into optouts (id, receipt, artist, aliases, contact, state, decided_at) values "
            "(gen_random_uuid(), 'r', %s, '{Marzipane Doolit}', 'q@example.org', 'verified', now())",
            (NAME,),
        )
    names("add", "marzipane doolit", "--kind", "artist")
    assert "own request holds this name" in names("retire", "Marzipane Doolit", "--kind", "artist")
    assert names("list").count("(asked for it)") == 2


@pytest.mark.parametrize("role", ["member", "moderator"])
def test_only_operators_keep_the_register(settings, role):
    async def work(house):
        async with house.database.writing() as conn:
            who = await members.add(conn, "Who", role)
        with pytest.raises(errors.NotAllowed):
            await deeds.add(house, who, [NAME])
        with pytest.raises(errors.NotAllowed):
            await deeds.retire(house, who, NAME)

    within(settings, work)
