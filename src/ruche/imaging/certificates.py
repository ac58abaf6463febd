"""The certificate that a house signs its images with: the operator's, or one that it makes for itself.

A house's own is a key with a small chain: a root whose key is thrown away at once, so that nothing else
can ever be signed under it, and a leaf. It lies in the data folder, readable by the house alone; of
several processes that start at once one makes it and all use it. A machine with another data folder
makes another: whoever verifies knows all that a house has used (`community/origins.py`).

Programs elsewhere cannot know who stands behind a certificate that a house made, so it is called
self-made wherever it is shown. `credentials.py` signs and reads.
"""

import contextlib
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ruche import config, errors

FOLDER: Final = "credentials"
FILE: Final = "house.pem"
SELF_MADE: Final = "Ruche, self-made"
_YEAR: Final = timedelta(days=365)
# A signature counts only while its certificate does, and an image is kept for long.
_LEAF_YEARS: Final = 20
_ROOT_YEARS: Final = 40
# One that ends within this time is replaced.
_LATE: Final = timedelta(days=30)
_CURVES: Final = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


@dataclass(frozen=True)
class Certificate:
    """What everybody may know of a certificate: its chain in PEM, the leaf first."""

    chain: str
    self_made: bool

    @cached_property
    def parts(self) -> list[x509.Certificate]:
        """The chain, read."""
        return x509.load_pem_x509_certificates(self.chain.encode())

    @property
    def mark(self) -> bytes:
        """What tells it from all others: the SHA-256 of the leaf."""
        return self.parts[0].fingerprint(hashes.SHA256())

    @property
    def serial(self) -> str:
        """The number that its issuer gave to the leaf, in digits."""
        return str(self.parts[0].serial_number)

    @property
    def anchors(self) -> str:
        """The issuers, in PEM; an image is ours where one of them signed a leaf with our number."""
        return "".join(map(_pem, self.parts[1:]))

    @property
    def carried(self) -> str:
        """What goes into every image: the chain without its root, which readers must know already."""
        return "".join(_pem(part) for part in self.parts if part.subject != part.issuer)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate with its key; the key never leaves this process."""

    certificate: Certificate
    key: bytes
    algorithm: str

    def __repr__(self) -> str:
        return f"Pair({self.certificate.mark.hex()[:16]})"


def of_house(settings: config.Settings) -> Pair:
    """The operator's certificate, else the house's own. Raises `errors.BadCredentials`."""
    if settings.certificate:
        return _of_operator(Path(settings.certificate), Path(settings.certificate_key))
    folder = settings.data / FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _own(folder / FILE)
    except OSError as fault:
        reason = f"{folder} cannot be used ({fault.strerror})"
        raise errors.BadCredentials(reason=reason) from fault


def _of_operator(certificate: Path, key: Path) -> Pair:
    try:
        chain, secret = certificate.read_text(encoding="ascii"), key.read_bytes()
    except (OSError, UnicodeDecodeError) as fault:
        raise errors.BadCredentials(reason=f"{certificate} or {key} cannot be read") from fault
    return _pair(chain, secret, self_made=False)


def _pair(chain: str, secret: bytes, *, self_made: bool) -> Pair:
    try:
        found = Certificate(chain, self_made)
        parts = found.parts
        key = serialization.load_pem_private_key(secret, password=None)
    except (ValueError, TypeError) as fault:
        raise errors.BadCredentials(reason="its PEM cannot be read, or its key has a password") from fault
    if len(parts) == 1:
        raise errors.BadCredentials(reason="the file lacks the certificate of whoever issued it")
    match key:
        case ec.EllipticCurvePrivateKey() if key.curve.name in _CURVES:
            algorithm = _CURVES[key.curve.name]
        case ed25519.Ed25519PrivateKey():
            algorithm = "ed25519"
        case rsa.RSAPrivateKey():
            algorithm = "ps256"
        case _:
            raise errors.BadCredentials(reason="its key is neither P-256, P-384, P-521, Ed25519 nor RSA")
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Pair(found, plain, algorithm)


def _own(path: Path) -> Pair:
    """The one in the folder, made where there is none or it has run out."""
    with contextlib.suppress(FileNotFoundError):
        kept = _read(path)
        if kept.certificate.parts[0].not_valid_after_utc > datetime.now(UTC) + _LATE:
            return kept
        path.unlink()
    fresh = path.with_name(f".{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_made())
            file.flush()
            os.fsync(file.fileno())
        # A link, not a rename: the first process wins, and the others take what it made.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
    finally:
        fresh.unlink()
    return _read(path)


def _read(path: Path) -> Pair:
    secret, mark, rest = path.read_text(encoding="ascii").partition("-----BEGIN CERTIFICATE-----")
    return _pair(mark + rest, secret.encode(), self_made=True)


def _made() -> bytes:
    """A new key and its chain, as they are kept."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    house = secrets.token_hex(4)
    root_name, leaf_name = _name(f"Root of house {house}"), _name(f"Images of house {house}")
    root = (
        _begun(root_name, root_name, root_key.public_key(), years=_ROOT_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    leaf = (
        _begun(leaf_name, root_name, key.public_key(), years=_LEAF_YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        # One of the few uses that C2PA's readers take for signing images without being told.
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(issuer, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    kept = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return kept + (_pem(leaf) + _pem(root)).encode()


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, years: int
) -> x509.CertificateBuilder:
    # From yesterday on: the clocks of other machines may be late.
    begins = datetime.now(UTC) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + years * _YEAR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, SELF_MADE),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
