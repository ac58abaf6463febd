import stat

import pytest
from nacl import public

from ruche import errors
from ruche.moderation import vault

DATA = bytes(range(256)) * 40


def pair(name):
    secret, open_ = vault.keys()
    return vault.Custodian(name, bytes.fromhex(open_.split()[1])), bytes.fromhex(secret.split()[1])


def test_each_custodian_opens_it_alone_and_nobody_else_does():
    (ada, ada_key), (bo, bo_key), (_, stranger) = pair("Ada"), pair("Bo"), pair("Eve")
    sealed = vault.seal(DATA, [ada, bo])
    assert vault.opened(sealed, ada_key) == vault.opened(sealed, bo_key) == DATA
    with pytest.raises(errors.CannotOpen, match="Ada, Bo"):
        vault.opened(sealed, stranger)
    assert DATA[:64] not in sealed


def test_sealing_twice_gives_nothing_to_compare():
    ada, _ = pair("Ada")
    assert vault.seal(DATA, [ada]) != vault.seal(DATA, [ada])


@pytest.mark.parametrize("at", [0, 20, 150, -1, -200])
def test_what_was_changed_does_not_open(at):
    ada, key = pair("Ada")
    sealed = bytearray(vault.seal(DATA, [ada]))
    sealed[at] ^= 1
    with pytest.raises(errors.CannotOpen):
        vault.opened(bytes(sealed), key)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PNG",
        vault.MAGIC,
        vault.MAGIC + b"{}\n",
        vault.MAGIC + b"[1]\n",
        vault.MAGIC + b"[" * 9999 + b"\n",
    ],
)
def test_what_is_no_sealed_evidence_does_not_open(data):
    with pytest.raises(errors.CannotOpen):
        vault.opened(data, bytes(public.PrivateKey.generate()))


def test_the_files_of_a_pair_belong_together(tmp_path):
    secret, open_ = vault.keys()
    vault.keep_secret(tmp_path / "keys" / "cora.key", secret)
    vault.keep_secret(tmp_path / "Cora.pub", open_)
    assert stat.S_IMODE((tmp_path / "keys" / "cora.key").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        vault.keep_secret(tmp_path / "Cora.pub", open_)
    [cora] = vault.custodians(tmp_path)
    key = vault.key_in(tmp_path / "keys" / "cora.key", vault.SECRET)
    assert vault.opened(vault.seal(DATA, [cora]), key) == DATA
    with pytest.raises(ValueError, match="does not hold"):
        vault.key_in(tmp_path / "Cora.pub", vault.SECRET)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        vault.PUBLIC,
        f"{vault.PUBLIC} zz",
        f"{vault.PUBLIC} {'ab' * 31}",
        f"{vault.PUBLIC} {'00' * 32}",
        "ä",
    ],
)
def test_a_file_that_is_no_key_makes_no_custodian(tmp_path, text):
    (tmp_path / "Cora.pub").write_text(text)
    assert vault.custodians(tmp_path) == []


def test_without_a_folder_there_is_no_custodian(tmp_path):
    assert vault.custodians(tmp_path / "none") == []
