"""Named SQL: each noun keeps its statements in a `queries.sql` beside its code.

A statement begins with `-- name: the_name` and a comment line that says in one sentence what it does.
Parameters are psycopg's `%(name)s`. No SQL stands in Python, so a reader of the database and a reader
of the code each have one place to look. A test checks that every named statement is used.
"""

import re
from pathlib import Path
from typing import Any, Self

from psycopg import AsyncConnection
from psycopg.rows import dict_row

Row = dict[str, Any]

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


class Queries:
    """The statements of one `queries.sql`, by name."""

    def __init__(self, text: str) -> None:
        parts = _NAME.split(text)
        twice = {name for name in parts[1::2] if parts[1::2].count(name) > 1}
        if twice:
            raise ValueError(f"stands twice among the named statements: {', '.join(sorted(twice))}")
        self.texts = dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))

    @classmethod
    def beside(cls, module_file: str, name: str = "queries.sql") -> Self:
        """The `queries.sql`, or another file, in the folder of this module (pass `__file__`)."""
        return cls(Path(module_file).with_name(name).read_text(encoding="utf-8"))

    async def all(self, conn: AsyncConnection[Any], name: str, /, **params: Any) -> list[Row]:
        """Every row that the statement returns."""
        async with conn.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(self.texts[name].encode(), params)
            return await cursor.fetchall()

    async def one(self, conn: AsyncConnection[Any], name: str, /, **params: Any) -> Row | None:
        """The first row, or None where there is none."""
        async with conn.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(self.texts[name].encode(), params)
            return await cursor.fetchone()

    async def tuples(self, conn: AsyncConnection[Any], name: str, /, **params: Any) -> list[tuple[Any, ...]]:
        """Every row as a tuple of values: for a million rows, where names would cost too much."""
        async with conn.cursor(binary=True) as cursor:
            await cursor.execute(self.texts[name].encode(), params)
            return await cursor.fetchall()

    async def run(self, conn: AsyncConnection[Any], name: str, /, **params: Any) -> int:
        """Do it and tell how many rows it touched."""
        async with conn.cursor() as cursor:
            await cursor.execute(self.texts[name].encode(), params)
            return cursor.rowcount
