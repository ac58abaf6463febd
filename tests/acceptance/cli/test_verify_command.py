"""`ruche verify`, typed at the command line: with a house, and without one."""

import asyncio
import hashlib
import io
import json
import uuid

import pytest
from PIL import Image
from typer.testing import CliRunner

from ruche import config, errors, hive, recipe
from ruche.actions import ask, deliver
from ruche.cli import app
from ruche.imaging import decode
from ruche.membership import members
from ruche.scheduling import queue
from ruche.storage import files
from tests.unit.imaging import drawn


@pytest.fixture
def own(settings, tmp_path):
    """A file of an image that was made in the house."""

    async def made():
        async with hive.opened(settings) as house:
            async with house.database.writing() as conn:
                mia = await members.add(conn, "Mia", "member")
            await ask.ask(house, mia, recipe.Recipe(prompt="a red circle", seed=7))
            async with house.database.stating() as conn:
                [claim] = await queue.claim(conn, uuid.uuid4(), most=1, lease=60)
            await deliver.deliver(house, claim, 0, drawn.picture(3), seconds=0.5)
            [key] = [key async for key in house.files.keys("images")]
            data = await house.files.get(key)
            assert key.endswith(f"-{hashlib.sha256(data).hexdigest()[: files.MARK]}.png")
            return data

    path = tmp_path / "own.png"
    path.write_bytes(asyncio.run(made()))
    return path


def ruche(*words):
    return CliRunner().invoke(app.app, ["verify", *map(str, words)], catch_exceptions=False)


def told(*words):
    found = ruche(*words, "--json")
    assert found.exit_code == 0
    return json.loads(found.stdout)


def variants(own):
    """The file itself, encoded again, tampered with, and a stranger's."""
    data = own.read_bytes()
    again, other = io.BytesIO(), io.BytesIO()
    Image.open(io.BytesIO(data)).save(again, "JPEG", quality=85)
    Image.fromarray(drawn.picture(1)).save(other, "PNG")
    tampered = bytearray(data)
    tampered[data.rindex(b"IDAT") + 50] ^= 1
    for name, content in {
        "again.jpg": again.getvalue(),
        "bent.png": tampered,
        "other.png": other.getvalue(),
    }.items():
        own.with_name(name).write_bytes(content)
    return [own, *(own.with_name(name) for name in ("again.jpg", "bent.png", "other.png"))]


def test_a_house_knows_its_own_a_copy_a_tampered_one_and_a_strangers(own, settings, monkeypatch):
    monkeypatch.setenv("RUCHE_DATABASE_URL", settings.database_url)
    found = [told(file, "--data", settings.data) for file in variants(own)]
    assert [one["outcome"] for one in found] == ["intact", "alike", "altered", "unknown"]
    assert {one["checked"] for one in found} == {"house"}
    assert found[0]["credential"]["self_made"]
    assert (found[1]["model"], found[1]["made_on"]) == (found[0]["model"], found[0]["made_on"])
    assert found[3]["model"] is found[3]["made_on"] is None
    assert "Mia" not in str(found)
    words = ruche(own, "--data", settings.data).stdout
    assert "as it left the house" in words
    assert "by the model petite" in words
    assert "a certificate that this house made itself" in words


def test_without_a_house_the_file_speaks_for_itself_and_the_answer_says_so(own, tmp_path, monkeypatch):
    monkeypatch.delenv("RUCHE_DATABASE_URL", raising=False)
    nowhere = tmp_path / "nowhere"
    found = [told(file, "--data", nowhere) for file in variants(own)]
    assert {one["outcome"] for one in found} == {"unknown"}
    assert {one["checked"] for one in found} == {"credential"}
    assert [one["ai"] for one in found] == [True, None, True, None]
    assert [one["credential"] and one["credential"]["whole"] for one in found] == [True, None, False, None]
    assert "No house was found" in ruche(own, "--data", nowhere).stdout
    assert not nowhere.exists()


def test_what_cannot_be_read_is_one_sentence(tmp_path):
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(decode.LARGEST_FILE + 1)
    words = tmp_path / "words.png"
    words.write_text("these are words and no picture")
    for file in (tmp_path / "missing.png", tmp_path, large, words):
        with pytest.raises(errors.BadImage):
            ruche(file, "--data", tmp_path / "nowhere")


def test_the_operators_wrong_certificate_is_told_at_once(settings, own, monkeypatch):
    monkeypatch.setenv("RUCHE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("RUCHE_CERTIFICATE", str(own))
    monkeypatch.setenv("RUCHE_CERTIFICATE_KEY", str(own))
    with pytest.raises(errors.BadCredentials):
        ruche(own, "--data", settings.data)
    assert config.read().certificate == str(own)
