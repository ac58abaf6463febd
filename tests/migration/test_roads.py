"""A new database and an old one that was brought up end in the same place."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from ruche import errors
from ruche.storage import database, migrate

CATALOGUE = Path(__file__).with_name("catalogue.sql").read_text(encoding="utf-8")


def described(url):
    """Everything that the schema made, as lines that can be compared."""
    with psycopg.connect(url) as conn:
        return {(kind, name): what for kind, name, what in conn.execute(CATALOGUE)}


async def travelled(url):
    """Bring an empty database up through every migration, as an old house would be."""
    async with await database.connect(url, autocommit=True) as conn:
        for found in migrate.known():
            await conn.execute(found.path.read_bytes())


async def test_both_roads_meet(server, empty_database_url, database_url):
    await travelled(empty_database_url)
    old, new = described(empty_database_url), described(database_url)
    # Missing or different: append it to a migration. Only there: append it to schema.sql.
    assert {thing: old.get(thing) for thing in new if old.get(thing) != new[thing]} == {}
    assert old.keys() - new.keys() == set()


def test_the_catalogue_sees_every_kind_of_thing(database_url):
    kinds = {kind for kind, _ in described(database_url)}
    assert kinds == {"table", "column", "constraint", "index", "trigger", "function", "sequence"}


@pytest.mark.parametrize(
    "change",
    [
        "alter table members add column extra text",
        "alter table members alter column role set default 'operator'",
        "alter table members alter column name drop not null",
        "alter table images alter column tint type varchar(9)",
        "alter table images drop constraint images_place_check",
        "drop index images_member",
        "alter table queue set (autovacuum_vacuum_scale_factor = 0.5)",
        "alter table events disable trigger events_are_kept",
        "alter function events_are_kept() security definer",
        "alter sequence queue_order increment 2",
        "create view seen as select 1",
    ],
)
async def test_a_difference_does_not_go_unseen(database_url, change):
    before = described(database_url)
    with psycopg.connect(database_url) as conn:
        conn.execute(change)
    assert described(database_url) != before


def test_migrations_are_in_order_pre_before_post():
    names = [found.name for found in migrate.known()]
    assert names[0] == "0001_house.pre.sql"
    assert names == sorted(names, key=lambda name: (name[:4], name.endswith(".post.sql")))
    assert migrate.Migration(Path("0002_x.pre.sql")).place < migrate.Migration(Path("0002_x.post.sql")).place


def test_a_badly_named_migration_is_noticed():
    with pytest.raises(ValueError, match="NNNN_name"):
        _ = migrate.Migration(Path("two.sql")).place


async def test_up_makes_a_new_database_and_then_has_nothing_to_do(empty_database_url):
    assert await migrate.pending(empty_database_url) == [found.name for found in migrate.known()]
    assert await migrate.up(empty_database_url) == ["schema.sql"]
    assert await migrate.up(empty_database_url) == []
    assert await migrate.pending(empty_database_url) == []


async def test_many_processes_may_bring_it_up_at_once(empty_database_url):
    done = await asyncio.gather(*(migrate.up(empty_database_url) for _ in range(4)))
    assert sorted(done) == [[], [], [], ["schema.sql"]]


MEMORY = "create table migrations (name text primary key, done_at timestamptz not null default now());"
FIRST = f"{MEMORY} create table cells (n int);"


@pytest.fixture
def release(tmp_path):
    """A small release of its own: one table, one migration."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "schema.sql").write_text(FIRST)
    (tmp_path / "migrations" / "0001_cells.pre.sql").write_text(FIRST)
    return tmp_path


async def test_an_older_database_goes_through_what_it_lacks_in_order(release, empty_database_url):
    assert await migrate.up(empty_database_url, folder=release) == ["schema.sql"]
    (release / "migrations" / "0002_wax.post.sql").write_text(
        "alter table cells alter column wax set not null;"
    )
    (release / "migrations" / "0002_wax.pre.sql").write_text("alter table cells add column wax int;")
    assert await migrate.up(empty_database_url, folder=release) == ["0002_wax.pre.sql", "0002_wax.post.sql"]
    assert await migrate.up(empty_database_url, folder=release) == []


async def test_a_migration_that_fails_leaves_nothing_of_itself(release, empty_database_url):
    await migrate.up(empty_database_url, folder=release)
    broken = release / "migrations" / "0002_wax.pre.sql"
    broken.write_text("alter table cells add column wax int; select 1 / 0;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        await migrate.up(empty_database_url, folder=release)
    broken.write_text("alter table cells add column wax int;")
    assert await migrate.up(empty_database_url, folder=release) == ["0002_wax.pre.sql"]


async def test_a_migration_does_not_wait_long_for_a_house_at_work(release, empty_database_url):
    await migrate.up(empty_database_url, folder=release)
    (release / "migrations" / "0002_wax.pre.sql").write_text("alter table cells add column wax int;")
    with psycopg.connect(empty_database_url) as busy:
        busy.execute("insert into cells values (1)")
        with pytest.raises(errors.DatabaseUnfit, match=r"0002_wax\.pre\.sql did not get through"):
            await migrate.up(empty_database_url, folder=release)


async def test_a_database_that_is_not_utf8_is_refused(server):
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(
            "create database latin encoding 'LATIN1' locale_provider libc locale 'C' template template0"
        )
        try:
            with pytest.raises(errors.DatabaseUnfit, match="LATIN1"):
                await migrate.up(urlsplit(server)._replace(path="/latin").geturl())
        finally:
            conn.execute("drop database latin with (force)")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://nobody@/none?host=/nowhere", "No such file"),
        ("postgresql://u:secret@/x?nonsense=1", "address cannot be read"),
    ],
)
async def test_a_server_that_is_not_there_is_told_in_a_sentence(url, words):
    with pytest.raises(errors.DatabaseAway, match=words) as told:
        await migrate.up(url)
    assert "secret" not in told.value.sentence


async def test_a_database_of_somebody_else_is_left_alone(empty_database_url):
    with psycopg.connect(empty_database_url) as conn:
        conn.execute("create table theirs (n int)")
    with pytest.raises(errors.DatabaseUnfit, match="not Ruche's"):
        await migrate.up(empty_database_url)


async def test_a_newer_database_is_left_alone(database_url):
    with psycopg.connect(database_url) as conn:
        conn.execute("insert into migrations (name) values ('9999_future.pre.sql')")
    with pytest.raises(errors.DatabaseUnfit, match="9999_future"):
        await migrate.up(database_url)
