"""Models that an operator has marked as unable to make mature images, by the hash of their weights.

A mark is about these very weights: a model whose files have changed since is not marked. Petite needs no
row, since its weights are shipped with the program.
"""

from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)


async def weights_of(conn: database.Connection, model: str) -> bytes | None:
    """The hash of the weights that were marked under this name, or None where none were."""
    row = await Q.one(conn, "harmless_model", model=model)
    return bytes(row["weights"]) if row else None


async def mark(conn: database.Connection, model: str, weights: bytes, *, by: int) -> None:
    """Mark a model; a mark of earlier weights is replaced."""
    await Q.run(conn, "mark_harmless", model=model, weights=weights, by=by)


async def unmark(conn: database.Connection, model: str) -> bool:
    """Take the mark back; False where there was none."""
    return await Q.run(conn, "unmark_harmless", model=model) > 0


async def marked(conn: database.Connection) -> dict[str, bytes]:
    """Every mark: the model's name and the hash of the weights."""
    return {row["model"]: bytes(row["weights"]) for row in await Q.all(conn, "harmless_models")}
