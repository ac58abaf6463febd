"""Named statements: how a file of them is read."""

import pytest

from ruche.storage import sql

TEXT = """-- A heading that belongs to no statement.

-- name: first_one
-- Does the first thing.
select 1;

-- name: second_one
-- Does the second.
select %(what)s
from somewhere;
"""


def test_statements_are_found_by_name_with_their_sentence():
    found = sql.Queries(TEXT).texts
    assert list(found) == ["first_one", "second_one"]
    assert found["first_one"] == "-- Does the first thing.\nselect 1;"
    assert found["second_one"].endswith("from somewhere;")


def test_a_file_without_statements_has_none():
    assert sql.Queries("-- nothing yet\n").texts == {}


def test_a_name_that_stands_twice_is_refused():
    with pytest.raises(ValueError, match="first_one"):
        sql.Queries(TEXT + TEXT)


def test_the_statements_of_a_noun_stand_beside_its_code():
    assert "record_event" in sql.Queries.beside(sql.__file__).texts
