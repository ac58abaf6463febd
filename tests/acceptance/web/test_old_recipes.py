"""What was made by an older house stays one's own, though no door would take its recipe today."""

from psycopg.types.json import Jsonb

OLD = Jsonb({"sampler": "Gone", "steps": 900, "guidance": 99.5, "clip_skip": 2})


def test_nothing_shuts_its_owner_out(house, mia):
    async def age():
        async with house.hive.database.writing() as conn:
            await conn.execute("update images set recipe = recipe || %s", [OLD])
            await conn.execute("update jobs set recipe = recipe || %s", [OLD])

    with house.client(mia) as client:
        job = client.ask()
        (image,) = client.make(seed="7")
        house.do(age())
        for address in ("/", f"/images/{image}", f"/images/{image}.png", f"/?from={image}", job):
            assert client.get(address).status_code == 200, address
        assert "900" in client.get(f"/images/{image}").text
        varied = client.post_form(f"/images/{image}/vary", key="k")
        assert varied.status_code == 422
        assert "Choose one of these samplers" in varied.text
        assert client.post_form(f"/images/{image}/delete").status_code == 303
