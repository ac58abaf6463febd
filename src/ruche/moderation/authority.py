"""The port to an authority: where an evidence package goes when the house must report.

The default is a test sink, which writes what would have been sent into the data folder, without the
picture, and says that it is a test. A real address is used only once the operator has given all three: the
address, a named officer who answers for it, and credentials; one without the others is refused, and never
taken for a test. Which authority that is and what it must be told needs counsel.
"""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from ruche import config, errors

TOKEN: Final = "RUCHE_AUTHORITY_TOKEN"  # noqa: S105 - the name of the variable
PATIENCE: Final = 30.0
_RECEIPT: Final = 200


class Authority(Protocol):
    """Somebody who takes packages."""

    @property
    def name(self) -> str: ...
    @property
    def test(self) -> bool:
        """Whether nothing leaves the house; then no picture goes into the package either."""
        ...

    @property
    def officer(self) -> str: ...

    def send(self, evidence: UUID, package: bytes) -> str:
        """Hand a package over; gives their receipt. Raises `errors.AuthorityAway`, and may be tried again."""
        ...


@dataclass(frozen=True, slots=True)
class TestSink:
    """A folder that nobody reads."""

    # pytest looks for classes of this name.
    __test__ = False

    folder: Path
    name: str = "test sink"
    officer: str = "nobody"
    test: bool = True

    def send(self, evidence: UUID, package: bytes) -> str:
        """Write it down."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.folder / f"{evidence}.zip").write_bytes(package)
            note = {"test": True, "sentence": "This is a test: nothing was sent to any authority."}
            (self.folder / f"{evidence}.json").write_text(json.dumps(note) + "\n", encoding="utf-8")
        except OSError as fault:
            raise errors.AuthorityAway(reason=fault.strerror or "the folder cannot be written") from fault
        return f"test:{evidence}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that takes packages over https, with a token."""

    url: str
    officer: str
    token: str
    test: bool = False

    @property
    def name(self) -> str:
        """Its host."""
        return urlsplit(self.url).hostname or self.url

    def send(self, evidence: UUID, package: bytes) -> str:
        """Post it."""
        request = urllib.request.Request(  # noqa: S310 - the address was judged when it was set
            self.url,
            data=package,
            method="POST",
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/zip",
                "Idempotency-Key": str(evidence),
                # A header holds Latin-1 at most, a name anything.
                "X-Officer": self.officer.encode("ascii", "backslashreplace").decode(),
            },
        )
        try:
            with _STAYING.open(request, timeout=PATIENCE) as answer:
                said = answer.read(_RECEIPT).decode("utf-8", "replace")
        except urllib.error.HTTPError as refusal:
            raise errors.AuthorityAway(reason=f"it answers with {refusal.code}") from refusal
        except OSError as fault:
            raise errors.AuthorityAway(reason="it cannot be reached") from fault
        return " ".join(said.split()) or "no receipt"


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere: the token is for this address alone, and a page behind it takes nothing."""

    def redirect_request(self, *_: object) -> None:
        """No request; the answer counts as the refusal that it is."""


_STAYING: Final = urllib.request.build_opener(_Stay)


def chosen(settings: config.Settings, *, token: str | None = None) -> Authority:
    """Where this house reports to. Raises `errors.BadSettings` for half an authority."""
    token = config.secret(TOKEN) if token is None else token
    given = (settings.authority_url, settings.authority_officer, token)
    if not any(given):
        return TestSink(settings.data / "authority-test")
    if not all(given):
        sentence = (
            "an authority needs RUCHE_AUTHORITY_URL, RUCHE_AUTHORITY_OFFICER and "
            f"{TOKEN} together; without any of them packages go to the test sink."
        )
        raise errors.BadSettings(sentence=sentence)
    # This machine itself counts: nobody reads between.
    if not settings.authority_url.startswith(("https://", "http://127.0.0.1:")):
        raise errors.BadSettings(sentence="RUCHE_AUTHORITY_URL must begin with https://.")
    return Endpoint(settings.authority_url, settings.authority_officer, token)
