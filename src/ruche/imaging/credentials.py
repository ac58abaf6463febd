"""Content credentials: a signed note in an image file that says where it came from (C2PA).

Written into every file that leaves the house: that an algorithm made it, with Ruche, and the image's id;
never who asked, nor the prompt. A changed byte breaks it and a re-encoding loses it, so it proves
origin and disproves nothing. The certificates are `certificates.py`'s; what an image's origin is taken to
be is weighed in `community/origins.py`.

Reading happens on files of strangers: nothing that they name is fetched, and what cannot be read is no
credential.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Final
from uuid import UUID, uuid4

import c2pa
from PIL import Image

from ruche import errors
from ruche.imaging import certificates, chunks, containers

MEDIA_TYPES: Final[dict[containers.Format, str]] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
}
GENERATOR: Final = "Ruche"
OWN: Final = "org.ruche.image"
_ACTIONS: Final = "c2pa.actions"
_TRUSTED: Final = "signingCredential.trusted"
_SIGNED: Final = "claimSignature.validated"
_WHOLE: Final = frozenset({"Valid", "Trusted"})
# Signing mail, signing documents, and C2PA's own use.
_USES: Final = "1.3.6.1.5.5.7.3.4\n1.3.6.1.5.5.7.3.36\n1.3.6.1.4.1.62558.2.1\n"
# A picture of what was signed would double the file, and outlive changes of it.
_WRITING: Final = {"builder": {"thumbnail": {"enabled": False}}, "verify": {"verify_after_sign": False}}
_READING: Final = {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True}


@dataclass(frozen=True, slots=True)
class Signed:
    """A file with its credential, and what the credential is called."""

    data: bytes
    manifest: str


@dataclass(frozen=True, slots=True)
class Credential:
    """What a file's credential says, and how far to believe it."""

    whole: bool
    """Whether the file is the one that was signed, byte for byte."""
    ours: bool
    """Whether one of the known certificates signed what it says; the picture may have changed since."""
    manifest: str
    generator: str
    by_algorithm: bool
    image: UUID | None
    """Which image of a Ruche it says it is."""
    signer: str
    """What the certificate calls its holder; anybody can make one that says anything."""
    self_made: bool = False
    """Whether it is ours, by a certificate that the house made itself: others cannot know who we are."""


class Signer:
    """Signs files with one certificate; several threads at once may."""

    def __init__(self, pair: certificates.Pair) -> None:
        """Raises `errors.BadCredentials` for a certificate that C2PA's readers would refuse."""
        self.certificate = pair.certificate
        self.introduced = False
        """Whether the house has been told of this certificate: before that, nothing is signed."""
        self._context = c2pa.Context.from_dict(_WRITING)
        try:
            self._signer = c2pa.Signer.from_info(
                c2pa.C2paSignerInfo(
                    alg=pair.algorithm.encode(),
                    sign_cert=pair.certificate.carried.encode(),
                    private_key=pair.key,
                    ta_url=None,
                )
            )
            self._try_out()
        except c2pa.C2paError as fault:
            raise errors.BadCredentials(reason=str(fault).splitlines()[0].rstrip(".")) from fault

    def sign(self, data: bytes, image: UUID) -> Signed:
        """The file with a credential for this image; one that it had must have been taken out before."""
        kind = containers.format_of(data)
        out, name = io.BytesIO(), f"urn:c2pa:{uuid4()}"
        with c2pa.Builder(_note(name, image), self._context) as builder:
            builder.sign(self._signer, MEDIA_TYPES[kind], io.BytesIO(data), out)
        return Signed(out.getvalue(), name)

    def _try_out(self) -> None:
        """Sign something and read it again, so that a house learns of a useless certificate at its start."""
        probe = io.BytesIO()
        Image.new("RGB", (8, 8)).save(probe, "PNG")
        found = read(self.sign(probe.getvalue(), UUID(int=0)).data, [self.certificate])
        if found is None or not (found.whole and found.ours):
            reason = "readers of C2PA would refuse its key, its uses or its key identifiers"
            raise errors.BadCredentials(reason=reason)


def read(data: bytes, known: Sequence[certificates.Certificate]) -> Credential | None:
    """The credential of a file, judged with the certificates that are known to be ours; None without one.

    Raises `errors.BadImage` for a file that is none of our formats.
    """
    kind = containers.format_of(data)
    trust = {"user_anchors": "".join(one.anchors for one in known), "trust_config": _USES}
    context = c2pa.Context.from_dict({"verify": _READING, "trust": trust} if known else {"verify": _READING})
    try:
        with c2pa.Reader(MEDIA_TYPES[kind], io.BytesIO(data), context=context) as reader:
            told = json.loads(reader.json())
    except (c2pa.C2paError, ValueError):
        return None
    try:
        return _credential(told, {one.serial: one for one in known})
    except (KeyError, TypeError, AttributeError):
        return None


def without(data: bytes) -> bytes:
    """A PNG of ours without its credential; all else stays."""
    return containers.png_of(part for part in containers.png_chunks(data) if part[0] != b"caBX")


def _note(name: str, image: UUID) -> dict[str, Any]:
    maker = {"name": GENERATOR, "version": metadata.version("ruche")}
    created = {
        "action": "c2pa.created",
        "digitalSourceType": chunks.MADE_BY_ALGORITHM,
        "softwareAgent": maker,
    }
    return {
        "label": name,
        "instance_id": f"xmp:iid:{image}",
        "claim_generator_info": [maker],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            {"label": OWN, "data": {"image": str(image)}},
        ],
    }


def _credential(told: dict[str, Any], known: Mapping[str, certificates.Certificate]) -> Credential:
    name = told["active_manifest"]
    manifest = told["manifests"][name]
    good = [note["code"] for note in told["validation_results"]["activeManifest"]["success"]]
    signature = manifest.get("signature_info") or {}
    said = {one["label"]: one["data"] for one in manifest.get("assertions", []) if "data" in one}
    certificate = known.get(str(signature.get("cert_serial_number")))
    signed = _SIGNED in good and _TRUSTED in good and certificate is not None
    # Assertions stand outside the signature, which holds their hashes: one that was changed says nothing.
    sound = not any(
        note["code"].startswith("assertion.hashedURI")
        for note in told["validation_results"]["activeManifest"]["failure"]
    )
    actions = [
        action
        for label, data in said.items()
        if label.startswith(_ACTIONS)
        for action in data.get("actions", [])
    ]
    maker = (manifest.get("claim_generator_info") or [{}])[0]
    return Credential(
        whole=told["validation_state"] in _WHOLE,
        ours=signed and sound,
        manifest=str(name)[:200],
        generator=str(maker.get("name", ""))[:80],
        by_algorithm=any(one.get("digitalSourceType") == chunks.MADE_BY_ALGORITHM for one in actions),
        image=_id(said.get(OWN, {}).get("image")),
        signer=str(signature.get("issuer") or "")[:80],
        self_made=signed and sound and certificate is not None and certificate.self_made,
    )


def _id(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
