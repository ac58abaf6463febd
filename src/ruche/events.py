"""What has happened, in the past tense, as the house remembers it.

Every deed ends in exactly one event, written in the deed's own transaction (`storage/ledger.py`), so
the ledger is the audit trail. A tag reads `subject:verb` or `subject:part:verb`, lower case, for
example `job:ask`, `image:discard`, `member:invite:accept`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

TAG: Final = re.compile(r"[a-z]+(:[a-z]+){1,2}")


@dataclass(frozen=True, slots=True)
class Event:
    """One deed done: its tag, who did it (a member's id, None for the house itself), and to what."""

    tag: str
    actor: int | None
    subject: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not TAG.fullmatch(self.tag):
            raise ValueError(f"{self.tag!r} is not an event tag")
