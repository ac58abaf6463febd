"""From delivery to the question where a file came from, over a real register."""

import asyncio
import io
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ruche import config, errors, recipe
from ruche import hive as hives
from ruche.actions import ask, deliver, discard, join, sign, verify
from ruche.api import copies
from ruche.community import images
from ruche.imaging import certificates, chunks, containers, credentials
from ruche.scheduling import queue
from ruche.storage import files
from tests.unit.imaging import drawn

TODAY = datetime.now(UTC).date()


async def made(hive, member, pixels=None, seed=7):
    """An image that was delivered, and its file."""
    job = await ask.ask(hive, member, recipe.Recipe(prompt="secret words", seed=seed))
    async with hive.database.stating() as conn:
        [claim] = await queue.claim(conn, uuid.uuid4(), most=1, lease=60)
    await deliver.deliver(hive, claim, 0, drawn.picture(3) if pixels is None else pixels, seconds=0.5)
    async with hive.database.reading() as conn:
        [image] = await images.of_job(conn, job.id)
    return image, await hive.files.get(files.image_key(image.id, image.sha256))


async def one(hive, statement, *params):
    async with hive.database.reading() as conn:
        return (await (await conn.execute(statement, params)).fetchone())[0]


def saved(data, kind="JPEG", **options):
    out = io.BytesIO()
    with Image.open(io.BytesIO(data)) as picture:
        picture.convert("RGB").save(out, kind, **options)
    return out.getvalue()


def stranger():
    out = io.BytesIO()
    Image.fromarray(drawn.picture(1)).save(out, "PNG")
    return out.getvalue()


async def test_a_delivered_file_is_signed_registered_and_intact(hive, member):
    image, kept = await made(hive, member)
    assert image.signed_at is not None
    credential = credentials.read(kept, [hive.signer.certificate])
    assert (credential.whole, credential.ours, credential.image) == (True, True, image.id)
    assert (
        await one(hive, "select encode(sha256, 'hex') from origins where image = %s", image.id)
        == image.sha256
    )
    assert await one(hive, "select manifest from origins") == credential.manifest
    found = await verify.verify(hive, kept)
    assert (found.outcome, found.ai) == ("intact", True)
    assert (found.origin.model, found.origin.made_on) == ("petite", TODAY)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("metadata", [True, False])
async def test_every_copy_that_is_given_out_is_intact_and_marked(hive, member, kind, metadata):
    image, kept = await made(hive, member)
    copy = copies.copy(kept, kind, metadata=metadata)
    if copy is not kept:
        copy = (await sign.signed(hive, copy, image.id)).data
    found = await verify.verify(hive, copy)
    assert (found.outcome, found.origin.image) == ("intact", image.id)
    assert chunks.says_algorithm(copy)
    assert metadata or b"secret" not in copy


@pytest.mark.parametrize("again", [
    lambda data: saved(data, quality=70), lambda data: saved(data, "WEBP", quality=80),
    lambda data: saved(data, "PNG"), chunks.strip,
    lambda data: saved(saved(data, "PNG"), "JPEG", quality=40),
])  # fmt: skip
async def test_a_copy_that_was_encoded_again_looks_like_it(hive, member, again):
    image, kept = await made(hive, member, drawn.picture(10))
    found = await verify.verify(hive, again(kept))
    assert (found.outcome, found.origin.image, found.ai) == ("alike", image.id, True)


async def test_who_made_it_is_told_only_where_they_allow_it_and_the_file_is_intact(hive, member):
    _, kept = await made(hive, member, drawn.picture(10))
    painted = bytearray(kept)
    painted[kept.rindex(b"IDAT") + 200] ^= 1

    async def makers():
        found = [await verify.verify(hive, data) for data in (kept, bytes(painted), saved(kept))]
        assert [one.outcome for one in found] == ["intact", "altered", "alike"]
        assert [verify.told(one)["maker"] for one in found] == [one.maker for one in found]
        return [one.maker for one in found]

    assert await makers() == [None, None, None]
    await join.credit(hive, member, told=True)
    assert await makers() == [member.name, None, None]
    await join.credit(hive, member, told=False)
    assert await makers() == [None, None, None]


async def test_nobody_is_named_for_an_image_that_they_threw_away(hive, member):
    image, kept = await made(hive, member)
    await join.credit(hive, member, told=True)
    await discard.discard(hive, member, image.id)
    found = await verify.verify(hive, kept)
    assert (found.outcome, found.maker) == ("intact", None)


async def test_a_mirrored_copy_looks_like_it(hive, member):
    image, kept = await made(hive, member, drawn.picture(14))
    out = io.BytesIO()
    Image.open(io.BytesIO(kept)).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(out, "PNG")
    assert (await verify.verify(hive, out.getvalue())).origin.image == image.id


async def test_any_flipped_bit_is_seen(hive, member):
    image, kept = await made(hive, member)
    draw = np.random.default_rng(0)
    for at in draw.integers(60, len(kept) - 20, 12):
        changed = bytearray(kept)
        changed[at] ^= 1 << int(draw.integers(8))
        found = await verify.verify(hive, bytes(changed))
        assert found.outcome in {"altered", "alike"}, at
        assert found.origin.image == image.id


async def test_a_changed_picture_under_its_old_credential_is_altered(hive, member):
    image, kept = await made(hive, member, drawn.picture(0))
    with Image.open(io.BytesIO(kept)) as picture:
        ImageDraw.Draw(picture).rectangle((5, 5, 40, 25), "white")
        changed = moved(kept, np.asarray(picture))
    found = await verify.verify(hive, changed)
    assert (found.outcome, found.origin.image) == ("altered", image.id)
    assert (found.credential.ours, found.credential.whole) == (True, False)


async def test_something_behind_the_end_is_altered(hive, member):
    _, kept = await made(hive, member)
    assert (await verify.verify(hive, kept + b"more")).outcome == "altered"


async def test_a_credential_on_another_picture_proves_nothing(hive, member):
    _, kept = await made(hive, member)
    found = await verify.verify(hive, moved(kept, drawn.picture(1)))
    assert (found.outcome, found.origin, found.ai) == ("unknown", None, None)
    assert "another picture" in found.sentence


async def test_a_strangers_file_is_unknown(hive, member):
    await made(hive, member)
    found = await verify.verify(hive, stranger())
    assert (found.outcome, found.ai, found.credential) == ("unknown", None, None)


async def test_the_image_of_another_house_is_not_ours(hive, member, tmp_path):
    _, kept = await made(hive, member)
    elsewhere = config.Settings(data=tmp_path / "elsewhere")
    other = credentials.Signer(certificates.of_house(elsewhere))
    theirs = other.sign(stranger(), uuid.uuid4()).data
    found = await verify.verify(hive, theirs)
    assert (found.outcome, found.ai, found.credential.ours) == ("unknown", True, False)
    assert credentials.read(kept, [other.certificate]).ours is False


async def test_it_stays_known_when_the_image_is_gone(hive, member):
    image, kept = await made(hive, member)
    await discard.discard(hive, member, image.id)
    assert (await verify.verify(hive, kept)).outcome == "intact"
    assert (await verify.verify(hive, saved(kept))).outcome == "alike"


async def test_another_machine_with_a_key_of_its_own_is_known_too(hive, member, settings, tmp_path):
    away = replace(settings, data=tmp_path / "away")
    async with hives.opened(away) as other:
        assert other.signer.certificate.mark != hive.signer.certificate.mark
        bare = copies.copy((await made(hive, member))[1], "jpeg", metadata=False)
        copy = (await sign.signed(other, bare, uuid.uuid4())).data
    found = await verify.verify(hive, copy)
    assert (found.outcome, found.credential.self_made) == ("intact", True)


async def test_nobody_is_told_who(hive, member):
    _, kept = await made(hive, member)
    told = json.dumps(verify.told(await verify.verify(hive, kept)))
    assert member.name not in told
    assert "secret" not in told
    raw = kept[kept.index(b"caBX") :]
    assert member.name.encode() not in raw.partition(b"IDAT")[0]


@pytest.mark.parametrize("data", [b"", b"short", b"GIF89a" + bytes(100), b"\x89PNG\r\n\x1a\n" + bytes(400)])
async def test_what_is_no_image_is_refused(hive, data):
    with pytest.raises(errors.BadImage):
        await verify.verify(hive, data)
    with pytest.raises(errors.BadImage):
        verify.by_credential_alone(data)


async def test_a_bomb_is_refused_before_it_unfolds(hive):
    bomb = io.BytesIO()
    Image.new("L", (5_000, 5_000)).save(bomb, "PNG")
    with pytest.raises(errors.BadImage, match="pixels"):
        await verify.verify(hive, bomb.getvalue())


async def test_without_a_house_the_credential_speaks_alone(hive, member):
    _, kept = await made(hive, member)
    found = verify.by_credential_alone(kept)
    assert (found.outcome, found.ai) == ("unknown", True)
    assert (found.credential.whole, found.credential.generator) == (True, "Ruche")
    assert verify.by_credential_alone(saved(kept)).credential is None


async def test_images_from_before_there_were_signatures_get_theirs(hive, member):
    image, kept = await made(hive, member)
    await unsign(hive, image, kept)
    async with hive.database.reading() as conn:
        with pytest.raises(errors.NotFound):
            await images.find(conn, image.id, member.id)
    assert await sign.sign_old(hive) == 1
    assert await sign.sign_old(hive) == 0
    async with hive.database.reading() as conn:
        now = await images.find(conn, image.id, member.id)
    file = await sign.kept(hive, now)
    assert now.bytes == len(file)
    assert Image.open(io.BytesIO(await sign.thumb(hive, now))).format == "WEBP"
    # Of the old files nothing is left, and nothing of this waits for the sweep.
    assert not await hive.files.exists(files.image_key(image.id, ""))
    assert not await hive.files.exists(files.thumb_key(image.id, ""))
    assert await one(hive, "select count(*) from loose_files") == 0
    assert (await verify.verify(hive, file)).outcome == "intact"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(file))), drawn.picture(3))
    assert (await verify.verify(hive, saved(file))).origin.made_on == image.created_at.date()


async def test_one_that_a_crash_left_signed_is_signed_anew(hive, member):
    image, kept = await made(hive, member)
    await unsign(hive, image, kept)
    # An earlier Ruche had signed it in its place when it was killed.
    await hive.files.put(files.image_key(image.id, ""), kept, kind="image/png")
    assert await sign.sign_old(hive) == 1
    async with hive.database.reading() as conn:
        file = await sign.kept(hive, await images.find(conn, image.id, member.id))
    assert file.count(b"caBX") == 1
    assert (await verify.verify(hive, file)).outcome == "intact"


async def test_one_whose_file_is_lost_keeps_no_others(hive, member):
    lost, _ = await made(hive, member, seed=1)
    found, kept = await made(hive, member, seed=2)
    await unsign(hive, lost, None)
    await unsign(hive, found, kept)
    assert await sign.sign_old(hive) == 1
    async with hive.database.reading() as conn:
        assert [image.id for image in await images.page(conn, member.id)] == [found.id]


async def test_two_workers_sign_each_image_once(hive, member):
    for seed in range(4):
        image, kept = await made(hive, member, seed=seed)
        await unsign(hive, image, kept)
    assert sum(await asyncio.gather(sign.sign_old(hive), sign.sign_old(hive))) == 4


async def unsign(hive, image, kept):
    """As an image was before this Ruche: no credential in its file, no row in the register."""
    await hive.files.delete(files.image_key(image.id, image.sha256))
    if kept is not None:
        await hive.files.put(files.image_key(image.id, ""), credentials.without(kept), kind="image/png")
        await hive.files.put(files.thumb_key(image.id, ""), b"x", kind="image/webp")
    async with hive.database.writing() as conn:
        await conn.execute("set local session_replication_role = replica")
        await conn.execute("update images set signed_at = null where id = %s", [image.id])
        await conn.execute("delete from origins where image = %s", [image.id])


def moved(kept, pixels):
    """Other pixels in a file with everything else that this one has."""
    others = dict(containers.png_chunks(saved_pixels(pixels)))
    out = []
    for kind, body in containers.png_chunks(kept):
        if kind == b"IDAT":
            if others.get(b"IDAT"):
                out.append((kind, others.pop(b"IDAT")))
        else:
            out.append((kind, others[kind] if kind == b"IHDR" else body))
    return containers.png_of(out)


def saved_pixels(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    parts = list(containers.png_chunks(out.getvalue()))
    data = b"".join(body for kind, body in parts if kind == b"IDAT")
    return containers.png_of([parts[0], (b"IDAT", data), parts[-1]])
