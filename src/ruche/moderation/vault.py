"""The vault: evidence sealed to named custodians, written once, kept at least as long as the law asks.

A picture that matches a known one is encrypted the moment it is found: with a key of its own, which is
sealed to each custodian's public key (PyNaCl: SecretBox and SealedBox). The house has no key that opens
it. A row cannot be changed, and not deleted before its hold ends; the table guards that itself, and no
statement of retention or sweeping names it. Who is a custodian, a folder of public keys says.
"""

import hashlib
import json
import logging
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from nacl import exceptions, public, secret, utils

from ruche import errors
from ruche.storage import database, sql

log = logging.getLogger(__name__)

Q = sql.Queries.beside(__file__)

HOLD: Final = timedelta(days=366)
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
PUBLIC: Final = "ruche-custodian-public-1"
SECRET: Final = "ruche-custodian-secret-1"  # noqa: S105 - a mark in front of a key, not one
MAGIC: Final = b"RUCHE-VAULT-1\n"
_KEY_FILE: Final = 1024
_HEAD: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Custodian:
    """Somebody who can open what is sealed, with a key that is not here."""

    name: str
    key: bytes

    @property
    def mark(self) -> str:
        """A short mark of the key, to compare by eye."""
        return hashlib.sha256(self.key).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Sealed:
    """Evidence as it lies in the vault."""

    id: UUID
    case: UUID
    sealed: bytes
    sha256: bytes
    """Of what is inside."""
    custodians: tuple[str, ...]
    reason: str
    sealed_at: datetime
    hold_until: datetime


# Keys -------------------------------------------------------------------------------------------------------


def keys() -> tuple[str, str]:
    """A new pair as two files hold it: the secret one for its custodian, the public one for the house."""
    made = public.PrivateKey.generate()
    return f"{SECRET} {bytes(made).hex()}\n", f"{PUBLIC} {bytes(made.public_key).hex()}\n"


def keep_secret(path: Path, what: str | bytes) -> None:
    """Write a file that its owner alone can read. Raises FileExistsError where there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(what.encode() if isinstance(what, str) else what)


def custodians(folder: Path) -> list[Custodian]:
    """Those whose public key lies in the folder as NAME.pub; a file that is none is told in the log."""
    found = []
    for file in sorted(folder.glob("*.pub")) if folder.is_dir() else ():
        try:
            if not NAME.fullmatch(file.stem):
                raise ValueError(f"{file.stem!r} is no name")
            key = key_in(file, PUBLIC)
            # A key that nothing can be sealed to must show now and not when there is something to seal.
            public.SealedBox(public.PublicKey(key)).encrypt(b"")
        except (OSError, ValueError, exceptions.CryptoError) as fault:
            log.error("%s is no custodian's key and is left out: %s", file, fault)  # noqa: TRY400
            continue
        found.append(Custodian(file.stem, key))
    return found


def key_in(file: Path, mark: str) -> bytes:
    """The key in a file. Raises ValueError or OSError."""
    with file.open("rb") as opened:
        words = opened.read(_KEY_FILE).decode("ascii", "strict").split()
    if len(words) != 2 or words[0] != mark:  # noqa: PLR2004 - the mark and the key
        raise ValueError("it does not hold such a key")
    key = bytes.fromhex(words[1])
    if len(key) != public.PublicKey.SIZE:
        raise ValueError("its key has the wrong length")
    return key


# Sealing ----------------------------------------------------------------------------------------------------


def seal(data: bytes, to: Sequence[Custodian]) -> bytes:
    """Encrypt to all of these; each can open it alone."""
    key = utils.random(secret.SecretBox.KEY_SIZE)
    ways = {
        one.name: {
            "key": one.key.hex(),
            "way": b64encode(public.SealedBox(public.PublicKey(one.key)).encrypt(key)).decode(),
        }
        for one in to
    }
    head = json.dumps({"custodians": ways}, sort_keys=True).encode()
    return MAGIC + head + b"\n" + secret.SecretBox(key).encrypt(data)


def opened(sealed: bytes, private: bytes) -> bytes:
    """What is inside, for whoever holds one of the keys. Raises `errors.CannotOpen`."""
    ways, box = _parts(sealed)
    own = public.PrivateKey(private)
    mine = bytes(own.public_key).hex()
    for way in ways.values():
        if way["key"] != mine:
            continue
        try:
            key = public.SealedBox(own).decrypt(b64decode(way["way"]))
            return secret.SecretBox(key).decrypt(box)
        except (ValueError, TypeError, exceptions.CryptoError) as fault:
            raise errors.CannotOpen(reason="it is damaged") from fault
    raise errors.CannotOpen(
        reason=f"it was sealed to {', '.join(sorted(ways)) or 'nobody'}, and this is none of those keys"
    )


def _parts(sealed: bytes) -> tuple[Mapping[str, Mapping[str, str]], bytes]:
    head, line_end, box = sealed[len(MAGIC) :].partition(b"\n")
    try:
        if not sealed.startswith(MAGIC) or not line_end or len(head) > _HEAD:
            raise ValueError("no head")
        ways = json.loads(head)["custodians"]
        return {
            str(name): {"key": str(way["key"]), "way": str(way["way"])} for name, way in ways.items()
        }, box
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise errors.CannotOpen(reason="it is no sealed evidence") from fault


# Rows -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class New:
    """Evidence as it goes into the vault."""

    sealed: bytes
    sha256: bytes
    custodians: tuple[str, ...]
    id: UUID = field(default_factory=uuid4)


def new(data: bytes, to: Sequence[Custodian]) -> New:
    """Seal this to these custodians."""
    return New(seal(data, to), hashlib.sha256(data).digest(), tuple(one.name for one in to))


async def put(
    conn: database.Connection, piece: New, *, case: UUID, reason: str, hold: timedelta = HOLD
) -> None:
    """Lay sealed evidence into the vault, for at least a year."""
    await Q.run(
        conn,
        "seal",
        id=piece.id,
        case=case,
        sealed=piece.sealed,
        sha256=piece.sha256,
        custodians=[*piece.custodians],
        reason=reason,
        hold=max(hold, HOLD),
    )


async def read(conn: database.Connection, evidence: UUID) -> Sealed:
    """One piece. Raises `errors.NotFound`."""
    row = await Q.one(conn, "sealed", id=evidence)
    if row is None:
        raise errors.NotFound(thing="evidence")
    return _sealed(row)


async def listed(conn: database.Connection) -> list[Sealed]:
    """Everything in the vault, newest first, without what is sealed."""
    return [_sealed({**row, "sealed": b""}) for row in await Q.all(conn, "vault_list")]


async def case_of(conn: database.Connection, case: UUID) -> dict[str, Any]:
    """The case behind a piece: its facts, what was asked for, and by whom; for packages."""
    row = await Q.one(conn, "case_of_evidence", case=case)
    return dict(row) if row else {"id": case, "gone": True}


async def sent(conn: database.Connection, evidence: UUID, to: str) -> str | None:
    """The receipt of whom it was handed to, where it was."""
    row = await Q.one(conn, "evidence_sent", subject=f"evidence:{evidence}", to=to)
    return str(row["receipt"]) if row else None


def _sealed(row: sql.Row) -> Sealed:
    return Sealed(
        **{
            **row,
            "sealed": bytes(row["sealed"]),
            "sha256": bytes(row["sha256"]),
            "custodians": tuple(row["custodians"]),
        }
    )
