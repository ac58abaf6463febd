"""`ruche verify`: where an image file came from.

With a house (its database, awake or asleep) the register is asked. Where there is none, the file's own
credential is all there is, and the answer says so.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ruche import config, errors

if TYPE_CHECKING:
    from ruche.community import origins

File = Annotated[Path, typer.Argument(help="A PNG, JPEG or WebP file.")]
Data = Annotated[Path | None, typer.Option(help="The folder of the house; ./data where not given.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for a program to read.")]


def verify(file: File, data: Data = None, *, as_json: AsJson = False) -> None:
    """Say whether an image was made here, when, by which model, and whether it was changed since.

    Exit status 0 where there is an answer, whatever it is; 1 where the file is no image that can be read.

    Example: ruche verify picture.png --json
    """
    from ruche.actions import verify as deed

    content = _read(file)
    housed = _housed(config.read(data=data))
    finding = asyncio.run(_asked(data, content)) if housed else deed.by_credential_alone(content)
    if as_json:
        told = deed.told(finding) | {"file": str(file), "checked": "house" if housed else "credential"}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(finding, housed=housed)) + "\n")


async def _asked(data: Path | None, content: bytes) -> "origins.Finding":
    from ruche.actions import verify as deed
    from ruche.cli import house

    async with house.connected(data) as opened:
        return await deed.verify(opened, content)


def _housed(settings: config.Settings) -> bool:
    """Whether there is a database to ask."""
    from ruche.storage import embedded

    if settings.database_url:
        return True
    if not settings.data.is_dir():
        return False
    server = embedded.Embedded(settings.data)
    return bool(server.running()) or server.grown()


def _read(file: Path) -> bytes:
    from ruche.imaging import decode

    try:
        with file.open("rb") as opened:
            # One byte more, so that a file that is too large shows itself.
            return opened.read(decode.LARGEST_FILE + 1)
    except OSError as fault:
        reason = (fault.strerror or "it cannot be read").lower()
        raise errors.BadImage(f"The file {file} cannot be read: {reason}.") from fault


def _lines(finding: "origins.Finding", *, housed: bool) -> list[str]:
    lines = [finding.sentence]
    if finding.origin:
        lines.append(f"Made on {finding.origin.made_on.isoformat()} by the model {finding.origin.model}.")
    if finding.maker:
        lines.append(f"Its maker lets it be told: {finding.maker}.")
    credential = finding.credential
    if credential is None:
        lines.append("The file carries no credential.")
    elif credential.ours:
        whose = "a certificate that this house made itself" if credential.self_made else "this house"
        lines.append(f"Its credential is signed by {whose}{'' if credential.whole else ', and broken'}.")
    else:
        state = "whole" if credential.whole else "broken"
        lines.append(f"Its credential is {state}, by {credential.generator or 'an unnamed program'}.")
    if not housed:
        lines.append("No house was found to ask, so the file's own credential is all that was looked at.")
    return lines
