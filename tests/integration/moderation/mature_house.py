"""A house in which mature images could be made, for the tests of everything that stands before that.

The age provider is a plug-in that is really installed (a folder with an entry point on the path), and the
classifier a real model that knows two markers. Nothing here makes or describes a picture.
"""

import functools
import importlib
import json
import sys
import tempfile
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ruche.actions import vet
from ruche.membership import members
from tests import markers

PROVIDER = "marker"
PLUG_IN = """
class Marker:
    name = "marker"
    well = True

    async def healthy(self):
        if Marker.well == "broken":
            raise RuntimeError("away")
        return Marker.well
"""


@functools.cache
def provider():
    """Install the provider once for this process; gives its class, whose `well` can be changed."""
    folder = Path(tempfile.mkdtemp(prefix="ruche-age-"))
    (folder / "ruche_marker_age.py").write_text(PLUG_IN)
    known = folder / "ruche_marker_age-1.dist-info"
    known.mkdir()
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: ruche-marker-age\nVersion: 1\n")
    (known / "entry_points.txt").write_text("[ruche.age]\nmarker = ruche_marker_age:Marker\n")
    sys.path.append(str(folder))
    importlib.invalidate_caches()
    return importlib.import_module("ruche_marker_age").Marker


def policy_text(folder, **changes):
    """A policy that allows mature images and names all that they need."""
    path = markers.install(folder)
    said = {
        "allowed": "true",
        "age_provider": f'"{PROVIDER}"',
        "waiver": '"No bank is open to a house of this size; signed by Olga."',
        "legal_contact": '"counsel@bees.example"',
    } | changes
    mature = "\n".join(f"{key} = {value}" for key, value in said.items())
    return f'[images]\nclassifier = "{path}"\n[mature]\n{mature}\n'


async def in_force(conn, text, proposer, adopter):
    """A version of the policy, past the deed."""
    said = tomllib.loads(text).get("mature", {})
    await conn.execute(
        "insert into policies (text, proposed_by, adopted_by, adopted_at, age_provider, assurance_days)"
        " values (%s, %s, %s, now(), %s, %s)",
        (text, proposer.id, adopter.id, said.get("age_provider", ""), said.get("assurance_days", 730)),
    )


async def joined(hive, name, role="member"):
    """Somebody."""
    async with hive.database.writing() as conn:
        return await members.add(conn, name, role)


async def mode(conn, what, one, two):
    """What the house is, past the deed: outside, mature or neither."""
    await conn.execute(
        "update house_mode set outside = %s, mature = %s, switched_by = %s, seconded_by = %s",
        (what == "outside", what == "mature", one.id, two.id),
    )


async def age(conn, member, *, provider=PROVIDER, days=-1, until=300, withdrawn=False, number=0):
    """A verified age of this member's, past the deed."""
    now = datetime.now(UTC)
    await conn.execute(
        "insert into assurances (member, provider, method, reference, verified_at, until, withdrawn_at)"
        " values (%s, %s, 'photo_id', %s, %s, %s, case when %s then now() end)",
        (
            member.id,
            provider,
            f"{member.id}-{number}",
            now + timedelta(days=days),
            now + timedelta(days=until),
            withdrawn,
        ),
    )


PROBED = {"names": 1200, "recognised": 3, "probed_by": "The house of probes", "probed_on": "2026-10-01"}


def probe_of(hive, model="petite", **changes):
    """The record of a probe of this model, as it is on the shelf."""
    weights = hive.shelf.digest(hive.shelf.find(model)).hex()
    return json.dumps(PROBED | {"weights": weights} | changes).encode()


async def vetted(hive, operator, model="petite"):
    """Vet the model."""
    await vet.vet(hive, operator, model, probe_of(hive, model))
