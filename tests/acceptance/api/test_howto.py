"""The commands on the how-to page work as they stand there."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "api.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page's examples are for curl")
async def test_the_commands_on_the_page_work(address, client, working, tmp_path):
    working()
    token = client.headers["Authorization"].removeprefix("Bearer ")
    commands = "\n".join(
        re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    )
    assert commands.count("curl") >= 9
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", f"RUCHE={address} TOKEN={token}\n{commands}"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told = (await shell.communicate())[0].decode()
    assert shell.returncode == 0, told
    assert "event: state" in told
    for name, kind in (("circle.png", "PNG"), ("plain.jpeg", "JPEG")):
        with Image.open(tmp_path / name) as picture:
            assert picture.format == kind
