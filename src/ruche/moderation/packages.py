"""Evidence packages: what an authority or a court is given, and anybody's way to check it.

A ZIP of plain files: the case as JSON, the sealed bytes, the picture itself where a custodian opened it,
and a manifest with the digest of each, signed by the house (Ed25519, PyNaCl). Checking one needs no house
and no database. A package comes from outside, so it is read with limits, and nothing of it is unpacked.
Pure; which evidence goes into one is `actions/evidence.py`'s.
"""

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from nacl import exceptions, signing

from ruche import errors

FORMAT: Final = "ruche-evidence-1"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
LARGEST: Final = 256 * 1024 * 1024
LARGEST_MANIFEST: Final = 1024 * 1024
MOST_FILES: Final = 32
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
# A compression that is unknown here, or a password, is a RuntimeError.
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError)


@dataclass(frozen=True, slots=True)
class Package:
    """What a package says, and what is wrong with it."""

    manifest: Mapping[str, Any]
    key: str
    """The public key that signed it, in hex: whose it is, the reader must know."""
    faults: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether everything in it is as it was signed."""
        return not self.faults


def packed(
    facts: Mapping[str, Any], files: Mapping[str, bytes], key: signing.SigningKey, *, at: datetime
) -> bytes:
    """A package of these files, with these facts in its manifest."""
    manifest = {
        "format": FORMAT,
        "made_at": at.isoformat(),
        "house_key": key.verify_key.encode().hex(),
        "evidence": dict(facts),
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for name, data in sorted(files.items())
        },
    }
    said = text(manifest)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as whole:
        whole.writestr(MANIFEST, said)
        whole.writestr(SIGNATURE, key.sign(said).signature.hex())
        for name, data in sorted(files.items()):
            whole.writestr(name, data)
    return out.getvalue()


def text(facts: Mapping[str, Any]) -> bytes:
    """Facts as a file of a package."""
    return json.dumps(facts, sort_keys=True, indent=1, default=str, ensure_ascii=False).encode()


def checked(data: bytes) -> Package:
    """What the package says, with every fault. Raises `errors.BadInput` for what is no package at all."""
    if len(data) > LARGEST:
        raise _no_package(f"it is larger than {LARGEST // 1024**2} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as whole:
            return _checked(whole)
    except _BROKEN as fault:
        raise _no_package("it is damaged, or none") from fault


def _checked(whole: zipfile.ZipFile) -> Package:
    entries = whole.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > LARGEST:
        raise _no_package("it would unpack to more than a package holds")
    if names.count(MANIFEST) != 1 or names.count(SIGNATURE) != 1:
        raise _no_package("it holds no manifest and signature")
    said = _read(whole, MANIFEST, LARGEST_MANIFEST)
    manifest = _manifest(said)
    return Package(manifest, manifest["house_key"], tuple(_faults(whole, names, manifest, said)))


def _manifest(raw: bytes) -> dict[str, Any]:
    try:
        said = json.loads(raw)
        sound = (
            said["format"] == FORMAT
            and isinstance(said["house_key"], str)
            and isinstance(said["evidence"], dict)
            and all(
                _NAME.fullmatch(name) and isinstance(of["sha256"], str) and isinstance(of["bytes"], int)
                for name, of in said["files"].items()
            )
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise _no_package("its manifest cannot be read") from fault
    if not sound:
        raise _no_package("its manifest is of another kind")
    manifest: dict[str, Any] = said
    return manifest


def _faults(
    whole: zipfile.ZipFile, names: list[str], manifest: Mapping[str, Any], said: bytes
) -> Iterator[str]:
    if not _signed(said, _read(whole, SIGNATURE, 1024), manifest["house_key"]):
        yield "the signature is not of this manifest"
    wanted = manifest["files"]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name[:80]!r} is there more than once"
    for name in sorted(set(names) - set(wanted) - {MANIFEST, SIGNATURE}):
        yield f"{name[:80]!r} is not in the manifest"
    for name, of in sorted(wanted.items()):
        if names.count(name) == 0:
            yield f"{name} is missing"
        elif not _same(whole, name, of["sha256"]):
            yield f"{name} was changed"


def _signed(said: bytes, signature: bytes, key: str) -> bool:
    try:
        signing.VerifyKey(bytes.fromhex(key)).verify(said, bytes.fromhex(signature.decode("ascii").strip()))
    except (exceptions.BadSignatureError, exceptions.CryptoError, ValueError, TypeError):
        return False
    return True


def _same(whole: zipfile.ZipFile, name: str, digest: str) -> bool:
    try:
        return hashlib.sha256(_read(whole, name, LARGEST)).hexdigest() == digest
    except _BROKEN:
        # The archive's own checksum is wrong already.
        return False


def _read(whole: zipfile.ZipFile, name: str, most: int) -> bytes:
    # What an entry says of its size is its own word; what it gives is counted.
    with whole.open(name) as entry:
        data = entry.read(most + 1)
    if len(data) > most:
        raise _no_package(f"{name} is larger than it may be")
    return data


def _no_package(reason: str) -> errors.BadInput:
    return errors.BadInput.at(
        "file", "bad_package", f"This is no evidence package that can be checked: {reason}."
    )
