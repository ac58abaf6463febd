"""No signature, no serving: every route of the pages and of the API, walked with an image that has none."""

import re
import uuid

import httpx
import pytest
from starlette.routing import Mount

from ruche.actions import join, report, review, sign
from ruche.api import app as api
from ruche.community import images
from ruche.membership import members
from ruche.storage import files
from ruche.web import app as web
from tests.integration.actions.looked import delivered
from tests.unit.imaging import drawn

# Every route that gives the bytes of an image, and who may ask for them here.
SERVING = {
    ("mia", "/images/{image}.png"),
    ("mia", "/images/{image}/file"),
    ("mia", "/images/{image}/thumb"),
    ("mia", "/api/v1/images/{image}/file"),
    ("mia", "/api/v1/images/{image}/thumbnail"),
    ("mo", "/desk/cases/{case}/image"),
}
QUERIES = ("", "?plain=1", "?format=jpeg", "?format=webp&metadata=false")
# Beside the ways to an image: what any path takes, so that no route is left out for its name.
ELSEWHERE = str(uuid.uuid4())


def routes(app, root=""):
    for route in app.routes:
        # FastAPI keeps the routes of each noun together.
        if own := getattr(route, "original_router", None):
            yield from routes(own, root)
        elif isinstance(route, Mount):
            # The static files are the product's own.
            if not route.path.startswith("/static"):
                yield from routes(route.app, root + route.path)
        elif "GET" in (getattr(route, "methods", None) or ()):
            yield root + route.path


class Visitors:
    """Everybody who may ask, with a session or a token each, at a house without a socket."""

    def __init__(self, pages, client_of):
        self.pages, self.client_of, self.clients = pages, client_of, {}

    async def enter(self, hive, name, member):
        transport = httpx.ASGITransport(self.pages, raise_app_exceptions=False)
        client = httpx.AsyncClient(
            transport=transport, base_url=hive.settings.address, headers={"Sec-Fetch-Site": "same-origin"}
        )
        token = await join.link(hive, None, member.name)
        assert (await client.post(f"/in/{token}", data={"name": ""})).status_code == 303
        spoken = await self.client_of(member)
        self.clients[name] = (client, spoken.headers["Authorization"])

    async def served(self, image, case, job):
        """Which routes give a picture to whom."""
        known = {"image": image, "case": case, "job": job}
        found = set()
        for path in dict.fromkeys(routes(self.pages)):
            address = re.sub(r"{(\w+)(:\w+)?}", lambda name: str(known.get(name[1], ELSEWHERE)), path)
            for name, (client, token) in self.clients.items():
                headers = {"Authorization": token} if path.startswith(api.ROOT) else {}
                for query in QUERIES if "image" in path else QUERIES[:1]:
                    answer = await client.get(address + query, headers=headers)
                    kind = answer.headers.get("content-type", "")
                    if kind.startswith("image/") or answer.content[:4] in {
                        b"\x89PNG",
                        b"RIFF",
                        b"\xff\xd8\xff\xe0",
                    }:
                        found.add((name, path))
        return found


@pytest.fixture
async def visitors(hive, live, client_of, member, stranger):  # noqa: PLR0917 - fixtures
    """The maker, a stranger, and a moderator who holds the case about the image."""
    pages = web.build(hive, live)
    api.mount(pages, hive, live)
    async with hive.database.writing() as conn:
        mo = await members.add(conn, "Mo", "moderator")
    come = Visitors(pages, client_of)
    for name, who in (("mia", member), ("sten", stranger), ("mo", mo)):
        await come.enter(hive, name, who)
    yield come, mo
    for client, _ in come.clients.values():
        await client.aclose()


@pytest.fixture
async def shown(hive, member, stranger, visitors):
    """An image with a case that the moderator holds: the image, the case, the job."""
    image = await delivered(hive, member, drawn.picture(3))
    async with hive.database.writing() as conn:
        await images.publish(conn, image)
    await report.report(hive, stranger, image, ground="other", words="look at this")
    held = await review.take_next(hive, visitors[1])
    async with hive.database.writing() as conn:
        await images.unpublish(conn, image)
        job = (await images.known(conn, image)).job
    return image, held.id, job


async def test_these_routes_give_the_bytes_of_an_image_and_no_others(visitors, shown):
    assert await visitors[0].served(*shown) == SERVING


async def test_an_image_without_a_signature_is_given_to_nobody_by_any_route(hive, visitors, shown):
    async with hive.database.writing() as conn:
        await conn.execute("set local session_replication_role = replica")
        await conn.execute("update images set signed_at = null")
    assert await visitors[0].served(*shown) == set()
    async with hive.database.reading() as conn:
        image = await images.known(conn, shown[0])
    for read in (sign.kept, sign.thumb):
        with pytest.raises(Exception, match="There is no such image"):
            await read(hive, image)


async def test_a_file_that_was_changed_where_it_lies_is_given_to_nobody(hive, visitors, shown):
    async with hive.database.reading() as conn:
        image = await images.known(conn, shown[0])
    key = files.image_key(image.id, image.sha256)
    kept = bytearray(await hive.files.get(key))
    kept[-20] ^= 1
    await hive.files.put(key, bytes(kept), kind="image/png")
    thumbs = {(name, path) for name, path in SERVING if "thumb" in path}
    assert await visitors[0].served(*shown) == thumbs
