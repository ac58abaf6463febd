"""`ruche doctor`: every kind of trouble it is there to find, made for real."""

import json
import socket

import psycopg
import pytest
from typer.testing import CliRunner

from ruche.cli import app
from ruche.storage import embedded

LOOSE = """
insert into loose_files (image, job, loose_at)
values (gen_random_uuid(), gen_random_uuid(), now() - interval '2 days')
"""
SILENT = """
insert into claims (job, member, place, model, cost, worker, attempt, lease_until)
values (gen_random_uuid(), 1, 1, 'petite', 1, gen_random_uuid(), 1, now() - interval '1 hour')
"""


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def asked(monkeypatch, free_port):
    """Ask the doctor; returns the exit status and the findings by name."""

    def ask(data, **settings):
        for name, value in {"PORT": free_port, **settings}.items():
            monkeypatch.setenv(f"RUCHE_{name}", str(value))
        done = CliRunner().invoke(app.app, ["doctor", "--data", str(data), "--json"])
        report = json.loads(done.stdout)
        assert report["well"] == (done.exit_code == 0)
        return done.exit_code, {check["check"]: check for check in report["checks"]}

    return ask


def test_a_sound_house_that_sleeps_is_woken_for_the_question_only(asked, open_folder):
    house = embedded.Embedded(open_folder / "asleep", fleeting=True)
    house.start()
    house.stop()
    status, checks = asked(house.folder)
    assert {name for name, check in checks.items() if check["mend"]} == set()
    assert status == 0
    assert checks["schema"]["found"].startswith("none yet")
    assert house.running() is None


def test_a_new_machine_is_told_what_will_come_and_nothing_is_made(asked, open_folder):
    status, checks = asked(open_folder / "untouched")
    assert status == 0
    assert "made at the first start" in checks["database"]["found"]
    assert not (open_folder / "untouched").exists()


def test_all_that_is_wrong_is_told_with_its_mend(asked, database_url, tmp_path):
    with psycopg.connect(database_url) as conn:
        conn.execute(LOOSE)
        conn.execute(SILENT)
    (tmp_path / "models" / "broken").mkdir(parents=True)
    (tmp_path / "files").write_text("in the way")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, checks = asked(tmp_path, DATABASE_URL=database_url, PORT=port, DEVICE="cuda")
    assert status == 1
    wrong = {name for name, check in checks.items() if check["mend"]}
    assert {"loose files", "silent claims", "model", "files", "port"} <= wrong
    assert {"python", "database", "schema"} & wrong == set()
    assert "broken" in checks["model"]["mend"]


def test_a_database_that_does_not_answer_is_told_in_a_sentence(asked, tmp_path):
    status, checks = asked(tmp_path, DATABASE_URL="postgresql://u:secret@127.0.0.1:1/x")
    assert status == 1
    assert "does not answer" in checks["database"]["mend"]
    assert "secret" not in str(checks)


def test_people_get_lines(monkeypatch, tmp_path, free_port):
    monkeypatch.setenv("RUCHE_PORT", str(free_port))
    done = CliRunner().invoke(app.app, ["doctor", "--data", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "ok    python" in done.output
    assert "Everything is well" in done.output


def test_a_proxy_that_is_not_named_and_restricted_cases_that_nobody_sees_are_told(
    asked, database_url, tmp_path
):
    with psycopg.connect(database_url) as conn:
        conn.execute(
            "insert into cases (id, kind, restricted, risk, due_at)"
            " values (gen_random_uuid(), 'notice', true, 1, now())"
        )
    house = {"DATABASE_URL": database_url, "HOST": "0.0.0.0", "PUBLIC_URL": "https://ruche.example"}
    status, checks = asked(tmp_path, **house)
    assert status == 1
    assert "RUCHE_TRUSTED_PROXIES" in checks["proxies"]["mend"]
    assert "`ruche members duty NAME restricted`" in checks["restricted"]["mend"]
    with psycopg.connect(database_url) as conn:
        conn.execute("insert into members (name, role) values ('Rut', 'moderator')")
        conn.execute("insert into duties (member, duty) select id, 'restricted' from members")
    status, checks = asked(tmp_path, TRUSTED_PROXIES="10.0.0.7", **house)
    assert checks["proxies"]["found"].endswith("10.0.0.7")
    assert not checks["proxies"]["mend"]
    assert not checks["restricted"]["mend"]
