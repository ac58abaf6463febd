"""A sound model folder, made once; a test that breaks one takes a copy."""

import shutil

import pytest

from ruche.engine import standin


@pytest.fixture(scope="session")
def sound_folder(tmp_path_factory):
    return standin.build(tmp_path_factory.mktemp("sound") / "sound")


@pytest.fixture
def folder(sound_folder, tmp_path):
    """A sound folder that this test may break."""
    return shutil.copytree(sound_folder, tmp_path / "arriving" / "sound")
