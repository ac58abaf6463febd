"""Every check of the floor is known to `make mutation`, which takes each of them away."""

import ast
from pathlib import Path

import psycopg
import pytest

import ruche
from tests.mutation import code, targets, weakened

HOUSE = Path(ruche.__file__).parent
ROOT = Path(__file__).parents[3]


def text_of(file):
    return (HOUSE / file).read_text(encoding="utf-8")


async def test_whatever_refuses_something_in_the_database_is_named_by_a_promise(database_url):
    with psycopg.connect(database_url) as conn:
        assert list(weakened.unnamed(conn)) == []


async def test_a_guard_that_no_promise_names_is_seen(database_url):
    with psycopg.connect(database_url) as conn:
        conn.execute("alter table jobs add constraint new_one check (rating <> 'other')")
        conn.execute(
            "create function new_two() returns trigger language plpgsql as $$ begin"
            " raise exception 'no' using errcode = 'check_violation', constraint = 'new_two'; end $$"
        )
        conn.execute("create trigger new_three before insert on jobs for each row execute function new_two()")
        assert list(weakened.unnamed(conn)) == [
            "trigger new_three", "refusal new_two in new_two", "constraint new_one of jobs",
        ]  # fmt: skip


def test_whoever_asks_the_floor_is_a_target_or_says_why_not():
    asking = set()
    for path in HOUSE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ruche.moderation.floor"):
                asking.add(path.relative_to(HOUSE).as_posix())
    assert asking <= {*targets.TARGETS, *targets.PARTS, *targets.ELSEWHERE}


def test_every_rule_and_every_file_of_the_floor_is_a_target():
    for folder in ("moderation/floor", "moderation/rules"):
        files = {path.relative_to(HOUSE).as_posix() for path in (HOUSE / folder).glob("*.py")}
        assert files - {f"{folder}/__init__.py"} <= {*targets.TARGETS, *targets.ELSEWHERE}


@pytest.mark.parametrize("file", [*targets.TARGETS, *targets.PARTS])
def test_every_target_is_there_and_something_can_be_taken_from_it(file):
    tree = ast.parse(text_of(file))
    known = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert known >= {*targets.TARGETS.get(file, ()), *targets.PARTS.get(file, ())}
    found = list(code.mutants(file, text_of(file)))
    assert found
    assert len({mutant.text for mutant in found}) == len(found)
    assert all((ROOT / test).exists() for test in targets.notice(file))


@pytest.mark.parametrize("file", targets.STATEMENTS)
def test_of_each_statement_some_condition_can_be_taken(file):
    text = text_of(file)
    found = list(code.statements(file, text))
    bare = {
        name for name in targets.STATEMENTS[file] if not any(f"{name} without" in one.what for one in found)
    }
    assert bare <= {"add_image", "hold_house_mode", "house_mode"}
    assert all(mutant.text != text for mutant in found)
    assert all((ROOT / test).exists() for test in targets.notice(file))
