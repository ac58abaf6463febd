"""Whether somebody may have a mature image made, asked at every single ask.

The switch, the policy, the member's verified age, and that everything mature images need is still present
and healthy: whatever is missing or stale refuses. What comes out is a `MatureJob`, which is text and
nothing else; behind it the database holds the same promises. Who calls is `ask.py`.
"""

from datetime import timedelta

from ruche import hive, recipe
from ruche.actions import readiness
from ruche.membership import assurances, members
from ruche.moderation import house_mode, mature, vetted
from ruche.moderation import policy as policies
from ruche.moderation.floor import checks
from ruche.storage import database


async def admitted(
    house: hive.Hive, member: members.Member, asked: recipe.Recipe, rating: checks.Rating
) -> mature.MatureJob:
    """The job as text alone. Raises `errors.BadInput` with the first promise that stands in the way."""
    async with house.database.reading() as conn:
        ground = await _ground(house, conn, member, model=asked.model)
    if code := checks.admit(checks.Wish(rating=rating), ground):
        raise checks.refuse(code)
    return mature.of(asked)


async def _ground(
    house: hive.Hive, conn: database.Connection, member: members.Member, *, model: str
) -> checks.Ground:
    mode = await house_mode.read(conn)
    if not mode.mature:
        return checks.Ground(outside=mode.outside)
    said = (await policies.in_force(conn)).mature
    age = await assurances.standing(
        conn, member.id, provider=said.age_provider, within=timedelta(days=said.assurance_days)
    )
    missing = mature.preconditions(await readiness.facts(conn, house.eye, house.shelf))
    return checks.Ground(
        outside=mode.outside,
        mature=mode.mature,
        allowed=said.allowed,
        ready=not missing,
        vetted=await readiness.vetted_now(house.shelf, model, await vetted.weights_of(conn, model)),
        assured=age is not None,
    )
