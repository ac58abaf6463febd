import io
import json
import zipfile
from datetime import UTC, datetime

import pytest
from nacl import signing

from ruche import errors
from ruche.moderation import packages

KEY = signing.SigningKey.generate()
FILES = {"sealed.bin": b"x" * 5000, "case.json": b"{}"}


def made(key=KEY):
    return packages.packed({"id": "7"}, FILES, key, at=datetime(2026, 11, 25, tzinfo=UTC))


def rewritten(data, change, compression=zipfile.ZIP_STORED):
    """The package with its entries changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        entries = [(name, whole.read(name)) for name in whole.namelist()]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as whole:
        for name, content in change(entries):
            whole.writestr(name, content)
    return out.getvalue()


def test_a_package_is_sound_and_says_whose_it_is():
    found = packages.checked(made())
    assert (found.sound, found.key) == (True, KEY.verify_key.encode().hex())
    assert found.manifest["evidence"] == {"id": "7"}
    assert packages.checked(rewritten(made(), lambda e: e, zipfile.ZIP_DEFLATED)).sound


def swapped(name, content):
    return lambda entries: [(n, content if n == name else c) for n, c in entries]


def foreign(entries):
    """Everything consistent, but signed by another."""
    other = dict(entries)
    signature = signing.SigningKey.generate().sign(other[packages.MANIFEST]).signature.hex()
    return [(n, signature if n == packages.SIGNATURE else c) for n, c in entries]


def relabelled(entries):
    """A manifest that was changed, with its old signature."""
    text = dict(entries)[packages.MANIFEST].replace(b'"7"', b'"8"')
    return [(n, text if n == packages.MANIFEST else c) for n, c in entries]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (swapped("case.json", b"[]"), "case.json was changed"),
        (lambda e: [(n, c) for n, c in e if n != "sealed.bin"], "sealed.bin is missing"),
        (lambda e: [*e, ("more.txt", b"")], "'more.txt' is not in the manifest"),
        (lambda e: [*e, ("../../etc/passwd", b"")], "not in the manifest"),
        (swapped(packages.SIGNATURE, b"00"), "the signature is not of this manifest"),
        (swapped(packages.SIGNATURE, b"\xff\xfe"), "the signature is not of this manifest"),
        (foreign, "the signature is not of this manifest"),
        (relabelled, "the signature is not of this manifest"),
    ],
)
def test_any_change_is_found(change, words):
    found = packages.checked(rewritten(made(), change))
    assert not found.sound
    assert words in "; ".join(found.faults)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_a_fault():
    found = packages.checked(rewritten(made(), lambda e: [*e, ("case.json", b"other")]))
    assert any("more than once" in fault for fault in found.faults)


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr(packages.MANIFEST, b"0" * (packages.LARGEST_MANIFEST + 2))
        whole.writestr(packages.SIGNATURE, b"")
    return out.getvalue()


def crowd():
    return rewritten(made(), lambda e: [*e, *((f"{i}", b"") for i in range(packages.MOST_FILES))])


def lying():
    """An entry that unpacks to more than it says."""
    data = bytearray(bomb())
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        start = data.find(mark) + at
        data[start : start + 4] = (100).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK",
        b"\x89PNG\r\n\x1a\n",
        made()[: len(made()) // 2],
        bomb(),
        crowd(),
        lying(),
        rewritten(made(), lambda e: [(n, c) for n, c in e if n != packages.SIGNATURE]),
        rewritten(made(), swapped(packages.MANIFEST, b"[" * 5000)),
        rewritten(made(), swapped(packages.MANIFEST, b"{}")),
        rewritten(made(), swapped(packages.MANIFEST, json.dumps({"format": "x"}).encode())),
    ],
)
def test_what_is_no_package_is_refused(data):
    with pytest.raises(errors.BadInput, match="no evidence package"):
        packages.checked(data)
