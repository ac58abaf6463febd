"""The same promises in a folder and in a bucket of a real S3 server in this process."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import uuid

import boto3
import pytest
from botocore.config import Config
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from ruche import config, errors
from ruche.storage import files

PNG = "image/png"
NAMES = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.fixture(scope="session")
def s3_endpoint():
    """The address of an S3 server that forgets everything."""
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="s3", daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def bucket(s3_endpoint, monkeypatch):
    """Settings for a fresh bucket, and a client of somebody else's making to look into it."""
    for name, value in NAMES.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=s3_endpoint, config=Config(retries={"max_attempts": 1}))
    name = f"ruche-{uuid.uuid4().hex[:8]}"
    client.create_bucket(Bucket=name)
    yield config.Settings(files_url=f"s3://{name}/house", files_endpoint=s3_endpoint), client, name
    client.close()


@pytest.fixture(params=["folder", "bucket"])
def kept(request, tmp_path):
    if request.param == "folder":
        return files.opened(config.Settings(data=tmp_path))
    return files.opened(request.getfixturevalue("bucket")[0])


async def test_what_is_put_can_be_had_again(kept):
    data = os.urandom(300_000)
    await kept.put("images/ab/cd/one.png", data, kind=PNG)
    assert await kept.exists("images/ab/cd/one.png")
    assert await kept.get("images/ab/cd/one.png") == data


async def test_an_empty_and_a_large_file_are_kept_as_well(kept):
    for size in (0, 12_000_000):
        data = bytes(size)
        await kept.put("images/sized.png", data, kind=PNG)
        assert await kept.get("images/sized.png") == data


async def test_putting_again_replaces(kept):
    await kept.put("images/x.png", b"long before", kind=PNG)
    await kept.put("images/x.png", b"after", kind=PNG)
    assert await kept.get("images/x.png") == b"after"


async def test_what_is_missing_is_not_found(kept):
    assert not await kept.exists("images/none.png")
    with pytest.raises(errors.NotFound):
        await kept.get("images/none.png")


async def test_deleting_is_final_and_may_be_repeated(kept):
    await kept.put("images/x.png", b"x", kind=PNG)
    for _ in range(2):
        await kept.delete("images/x.png")
        assert not await kept.exists("images/x.png")


async def test_keys_lists_what_is_there_and_only_under_the_prefix(kept):
    here = {files.image_key(uuid.uuid4(), "ab" * 32) for _ in range(120)}
    for key in here:
        await kept.put(key, b"x", kind=PNG)
    await kept.put("thumbs/ab/cd/x.webp", b"x", kind="image/webp")
    assert {key async for key in kept.keys("images")} == here
    assert [key async for key in kept.keys("nothing")] == []


async def test_a_reader_never_sees_half_a_file(kept):
    pages = [bytes([n]) * 400_000 for n in range(8)]
    await kept.put("images/x.png", pages[0], kind=PNG)

    async def write():
        for page in pages:
            await kept.put("images/x.png", page, kind=PNG)

    async def read():
        for _ in range(20):
            assert await kept.get("images/x.png") in pages

    await asyncio.gather(write(), read(), read())


async def test_a_bucket_keeps_the_content_type_and_the_prefix(bucket):
    settings, client, name = bucket
    await files.opened(settings).put("images/x.png", b"x", kind=PNG)
    found = client.get_object(Bucket=name, Key="house/images/x.png")
    assert found["ContentType"] == PNG
    found["Body"].close()


async def test_a_bucket_that_is_not_there_is_told_in_a_sentence(bucket):
    settings, *_ = bucket
    lost = config.Settings(files_url="s3://ruche-none", files_endpoint=settings.files_endpoint)
    with pytest.raises(errors.FilesAway, match="there is no such bucket"):
        await files.opened(lost).put("images/x.png", b"x", kind=PNG)


async def test_a_store_that_does_not_answer_is_told_soon(bucket):
    away = config.Settings(files_url="s3://ruche", files_endpoint="http://127.0.0.1:1")
    began = time.monotonic()
    with pytest.raises(errors.FilesAway, match="does not answer"):
        await files.opened(away).get("images/x.png")
    assert time.monotonic() - began < 20


@pytest.fixture
def tiny_disk(tmp_path):
    """A disk of 1 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


async def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing(tiny_disk):
    kept = files.opened(config.Settings(data=tiny_disk))
    await kept.put("images/small.png", b"x" * 1000, kind=PNG)
    with pytest.raises(errors.FilesAway, match="the disk is full"):
        await kept.put("images/large.png", bytes(3_000_000), kind=PNG)
    assert [path.name for path in tiny_disk.rglob("*") if path.is_file()] == ["small.png"]
    await kept.put("images/other.png", b"x" * 1000, kind=PNG)


WRITER = """
import asyncio, sys
from pathlib import Path
from ruche import config
from ruche.storage import files
async def main():
    kept = files.opened(config.Settings(data=Path(sys.argv[1])))
    print("ready", flush=True)
    n = 0
    while True:
        n += 1
        await kept.put(f"images/{n}.png", b"x" * 2_000_000, kind="image/png")
asyncio.run(main())
"""


@pytest.fixture
def killed_writer(tmp_path):
    """A folder that somebody wrote large files to when they were killed."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        time.sleep(0.3)
        writer.send_signal(signal.SIGKILL)
    return tmp_path


async def test_a_writer_killed_in_the_middle_leaves_no_half_file(killed_writer):
    kept = files.opened(config.Settings(data=killed_writer))
    keys = [key async for key in kept.keys("images")]
    assert keys
    for key in keys:
        assert len(await kept.get(key)) == 2_000_000
    # What the killed put has left in the folder goes with its key.
    for number in range(len(keys) + 3):
        await kept.delete(f"images/{number}.png")
    assert [path for path in killed_writer.rglob("*") if path.is_file()] == []
