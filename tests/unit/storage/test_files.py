"""Keys of files: where they lead, and where they never do."""

import re
import uuid
from pathlib import Path

import pytest

from ruche import config, errors
from ruche.storage import files


@pytest.fixture
def kept(tmp_path):
    return files.opened(config.Settings(data=tmp_path))


def test_an_image_and_its_thumbnail_have_keys_made_of_the_id_and_of_what_was_signed():
    image, mark = uuid.UUID("0190aaaa-bbbb-7ccc-8ddd-eeeeeeeeabcd"), "0123456789abcdef" * 4
    name = "cd/ab/0190aaaa-bbbb-7ccc-8ddd-eeeeeeeeabcd-0123456789abcdef"
    assert files.image_key(image, mark) == f"images/{name}.png"
    assert files.thumb_key(image, mark) == f"thumbs/{name}.webp"


def test_what_was_never_signed_has_a_key_of_its_id_alone():
    image = uuid.UUID("0190aaaa-bbbb-7ccc-8ddd-eeeeeeeeabcd")
    assert files.image_key(image, "") == "images/cd/ab/0190aaaa-bbbb-7ccc-8ddd-eeeeeeeeabcd.png"
    assert files.thumb_key(image, "") == "thumbs/cd/ab/0190aaaa-bbbb-7ccc-8ddd-eeeeeeeeabcd.webp"


def test_images_of_one_moment_do_not_crowd_one_folder():
    folders = {files.image_key(uuid.uuid4(), "ab" * 32).rsplit("/", 1)[0] for _ in range(2000)}
    assert len(folders) > 1900


BAD_KEYS = [
    "", "/", ".", "..", "../secret", "images/../../secret", "/etc/passwd", "images//x.png", "images/x.png/",
    "images/.hidden", "images/x\0.png", "images\\x.png", "C:x", "images/%2e%2e/x", "images/é.png", "~/x",
    "images/x.png\n", "x" * 201,
]  # fmt: skip


@pytest.mark.parametrize("key", BAD_KEYS)
async def test_a_key_that_leads_elsewhere_is_refused(kept, key):
    for verb in (kept.get, kept.delete, kept.exists):
        with pytest.raises(ValueError, match="is no key"):
            await verb(key)
    with pytest.raises(ValueError, match="is no key"):
        await kept.put(key, b"x", kind="image/png")
    with pytest.raises(ValueError, match="is no key"):
        [key async for key in kept.keys(key)]


def test_the_folder_is_closed_to_other_users(kept, tmp_path):
    assert (tmp_path / "files").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path):
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(errors.FilesAway) as told:
        files.opened(config.Settings(data=tmp_path))
    assert told.value.sentence.startswith("The image files cannot be reached")


async def test_two_houses_of_one_process_do_not_share_their_files(tmp_path):
    one = files.opened(config.Settings(data=tmp_path / "one"))
    two = files.opened(config.Settings(data=tmp_path / "two"))
    await one.put("images/x.png", b"one", kind="image/png")
    assert not await two.exists("images/x.png")


# Who makes the names of an image's files: who puts them, who deletes them, and the one reader.
KEYS = {
    "actions/consequences.py",
    "actions/deliver.py",
    "actions/discard.py",
    "actions/sign.py",
    "actions/sweep.py",
}


def test_the_bytes_of_images_are_read_in_one_place_alone():
    root = Path(files.__file__).parents[1]
    code = {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in root.rglob("*.py")}
    named = {path for path, text in code.items() if re.search(r"files\.(image|thumb)_key\(", text)}
    assert named == KEYS
    assert {path for path, text in code.items() if re.search(r"\bfiles\.get\(", text)} == {"actions/sign.py"}
