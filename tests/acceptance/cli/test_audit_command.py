"""`ruche audit verify`, typed at the command line."""

import asyncio
import json

import psycopg
import pytest
from typer.testing import CliRunner

from ruche import errors
from ruche.cli import app
from ruche.storage import audit, database

NOTHING = f"0:{'0' * 64}"


@pytest.fixture
def ruche(database_url, tmp_path, monkeypatch):
    """Types `ruche audit verify ...`; gives the exit status and what it printed."""
    monkeypatch.setenv("RUCHE_DATABASE_URL", database_url)
    monkeypatch.setenv("RUCHE_DATA", str(tmp_path))

    def typed(*words):
        found = CliRunner().invoke(app.app, ("audit", "verify", *words))
        if isinstance(found.exception, errors.RucheError):
            return 1, found.exception.sentence
        return found.exit_code, found.stdout

    return typed


@pytest.fixture
def write(database_url):
    def acts(number):
        async def run():
            house = database.Database(database_url, size=1)
            await house.open()
            for one in range(number):
                async with house.writing() as conn:
                    await audit.append(conn, audit.Act("case:decide", 1, f"case:{one}", "routine", 0))
            await house.close()

        asyncio.run(run())

    return acts


@pytest.fixture
def tamper(database_url):
    """What somebody does who holds the database itself."""

    def change(*statements):
        with psycopg.connect(database_url) as conn:
            conn.execute("set local session_replication_role = replica")
            for statement in statements:
                conn.execute(statement)

    return change


def test_a_sound_record_says_so_with_its_head(ruche, write):
    assert ruche() == (0, f"All 0 rows are as they were written. Head: {NOTHING}\n")
    write(5)
    status, printed = ruche("--json")
    told = json.loads(printed)
    assert (status, told["sound"], told["rows"], told["first_bad"], told["what"]) == (0, True, 5, None, None)
    assert told["head"].startswith("5:")
    assert ruche("--noted", told["head"])[0] == 0


def test_an_altered_row_is_named_and_the_exit_status_is_1(ruche, write, tamper):
    write(5)
    tamper("update audit set actor = 2 where seq = 3")
    status, printed = ruche()
    assert (status, "row 3 is not what was written" in printed, "Sound up to: 2:" in printed) == (
        1,
        True,
        True,
    )
    told = json.loads(ruche("--json")[1])
    assert (told["sound"], told["first_bad"]) == (False, 3)


def test_rows_cut_from_the_end_are_found_though_the_head_was_moved(ruche, write, tamper):
    write(5)
    assert ruche()[0] == 0
    tamper(
        "delete from audit where seq > 3",
        "update audit_head set seq = 3, hash = (select hash from audit where seq = 3)",
    )
    status, printed = ruche()
    assert (status, "row 4 and what came after are missing" in printed) == (1, True)
    # A broken look moves no note: the next one finds it again.
    assert ruche()[0] == 1


def test_a_whole_new_chain_does_not_come_by_the_head_in_the_folder(ruche, write, tamper):
    write(5)
    assert ruche()[0] == 0
    tamper("delete from audit", "update audit_head set seq = 0, hash = decode(repeat('00', 32), 'hex')")
    write(9)
    status, printed = ruche()
    assert (status, "row 5 is not the one that was noted" in printed) == (1, True)
    # Whoever restored an older database on purpose says from where to look on.
    assert ruche("--noted", NOTHING)[0] == 0


@pytest.mark.parametrize("noted", ["5", "5:zz", f"x:{'0' * 64}", f"-1:{'0' * 64}"])
def test_a_head_that_is_none_is_refused_in_a_sentence(ruche, noted):
    status, printed = ruche("--noted", noted)
    assert status == 1
    assert "as it was printed" in printed


@pytest.mark.parametrize("kept", [b"", b"\xff\xfe", b"5:12"])
def test_a_note_that_cannot_be_read_is_never_taken_for_none(ruche, tmp_path, kept):
    (tmp_path / "audit.head").write_bytes(kept)
    status, printed = ruche()
    assert status == 1
    assert "audit.head cannot be read" in printed
