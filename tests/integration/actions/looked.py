"""What the tests of looking share: jobs under way, banks, a policy with a classifier, custodians."""

import uuid

from ruche.actions import ask, deliver, relook
from ruche.community import comparisons
from ruche.imaging import fingerprints as pdq
from ruche.moderation import fingerprints, vault
from ruche.recipe import Recipe
from ruche.scheduling import jobs, queue
from tests import markers


async def claimed(hive, member, **recipe):
    """A job of this member's that a worker holds."""
    await ask.ask(hive, member, Recipe(**{"prompt": "a red circle", "seed": 7, **recipe}))
    async with hive.database.stating() as conn:
        [claim] = await queue.claim(conn, uuid.uuid4(), most=1, lease=60)
    return claim


async def delivered(hive, member, pixels, **recipe):
    """The id of an image that was just delivered."""
    claim = await claimed(hive, member, **recipe)
    await deliver.deliver(hive, claim, 0, pixels, seconds=0.5)
    return jobs.image_id(claim.job, 0)


async def rows(hive, statement, *params):
    async with hive.database.reading() as conn:
        return await (await conn.execute(statement, params)).fetchall()


async def one(hive, statement, *params):
    found = await rows(hive, statement, *params)
    return found[0][0] if found else None


async def known(hive, pixels, *, category="child-safety", flip=0, kind="pdq"):
    """Put this picture into a bank."""
    value = pdq.of(pixels).pdq if kind == "pdq" else fingerprints.digest_of(pixels)
    value = (int.from_bytes(value) ^ ((1 << flip) - 1)).to_bytes(32)
    async with hive.database.writing() as conn:
        await fingerprints.add(conn, "exchange", [fingerprints.Row(kind, value, category)])


async def in_force(hive, text):
    """Bring a policy into force, as two operators would."""
    statement = (
        "with two as (insert into members (name, role) values "
        "('P ' || gen_random_uuid(), 'operator'), ('A ' || gen_random_uuid(), 'operator') returning id) "
        "insert into policies (text, proposed_by, adopted_by, adopted_at) "
        "select %s, min(id), max(id), now() from two"
    )
    async with hive.database.writing() as conn:
        await conn.execute(statement, (text,))


async def with_classifier(hive, data=None, **changes):
    """Install a classifier, by a policy that names it."""
    folder = hive.settings.data / "classifier"
    folder.mkdir(exist_ok=True)
    path = markers.install(folder, data, **changes)
    await in_force(hive, f'[images]\nclassifier = "{path}"\ndeadline = 0.5\n')
    return path


async def files_of(hive, image):
    """The keys of everything that is kept of an image."""
    found = [key for folder in ("images", "thumbs") async for key in hive.files.keys(folder)]
    return sorted(key for key in found if str(image) in key)


def custodian(hive, name="Cora"):
    """A custodian of this house; gives their secret key."""
    secret, public = vault.keys()
    hive.settings.custodians.mkdir(exist_ok=True)
    (hive.settings.custodians / f"{name}.pub").write_text(public)
    return bytes.fromhex(secret.split()[1])


async def again(hive, **given):
    """Look again until nothing is left to do; gives how many images were sealed or held."""
    found = 0
    while await due(hive):
        found += await relook.relook(hive, **{"settle": 0, **given})
    return found


async def due(hive):
    async with hive.database.reading() as conn:
        return await comparisons.due(conn)


async def shown(hive):
    return dict(await rows(hive, "select id, shown from images"))
