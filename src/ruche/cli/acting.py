"""Who acts at the command line where it matters who does: proven by a personal token, not by a name typed.

The token comes from `RUCHE_TOKEN` or from a file, never from the command line itself, where others could
read it in the list of processes or in a shell's history.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ruche import config, errors

if TYPE_CHECKING:
    from ruche import hive
    from ruche.membership import members

LONGEST: Final = 1024
SCOPE: Final = "oversee"

TokenFile = Annotated[
    Path | None,
    typer.Option(help="A file with your token (scope oversee); RUCHE_TOKEN where not given."),
]


async def member(house: "hive.Hive", token_file: Path | None) -> "members.Member":
    """The member whose token this is. Raises `errors.BadInput`, or `errors.ScopeMissing`."""
    from ruche.actions import tokens

    text = _from_file(token_file) if token_file else config.secret("RUCHE_TOKEN")
    found = await tokens.recognise(house, text.strip())
    if found is None:
        sentence = (
            "Say who you are: make a token with the scope oversee on your account page and put it into "
            "RUCHE_TOKEN or a file for --token-file; this one is missing, unknown or revoked."
        )
        raise errors.BadInput.at("token", "bad_token", sentence)
    if SCOPE not in found.scopes:
        raise errors.ScopeMissing(scope=SCOPE)
    return found.member


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST).decode("ascii", "replace")
    except OSError as unreadable:
        sentence = f"The file {path} with the token cannot be read: {unreadable.strerror}."
        raise errors.BadInput.at("token_file", "unreadable", sentence) from unreadable
