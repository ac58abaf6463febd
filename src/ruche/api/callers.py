"""Who calls the API: a personal token in the Authorization header, and nothing else.

There are no cookies here, so a page on another site cannot act for a member. Every address asks for a
`Reader`, an `Asker`, a `Discarder`, a `Publisher` or just a `Caller`; the token is looked up anew each
time, so a revoked one stops at once. What a caller may touch is asked of the nouns and the deeds.
"""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from ruche import errors, hive
from ruche.actions import tokens
from ruche.membership import members

BEARER: Final = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A personal token from your account page; it begins with ruche_ and is shown only once.",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A member, and what the token that they sent may be used for."""

    member: members.Member
    scopes: frozenset[str]
    token: str


def house(request: Request) -> hive.Hive:
    """The open house that this app was built for."""
    found: hive.Hive = request.app.state.hive
    return found


House = Annotated[hive.Hive, Depends(house)]


async def known(open_house: hive.Hive, token: str) -> Caller:
    """Whose token this is; raises `errors.BadToken`."""
    bearer = await tokens.recognise(open_house, token)
    if bearer is None:
        raise errors.BadToken
    return Caller(bearer.member, frozenset(bearer.scopes), token)


async def caller(
    request: Request,
    wanted: SecurityScopes,
    open_house: House,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
) -> Caller:
    """The caller, once the token and its scope are good and every parameter is one that is described.

    Raises `errors.BadToken`, `errors.ScopeMissing`, `errors.BadInput`.
    """
    if credentials is None:
        raise errors.BadToken
    found = await known(open_house, credentials.credentials)
    for scope in wanted.scopes:
        if scope not in found.scopes:
            raise errors.ScopeMissing(scope=scope)
    _refuse_undescribed(request)
    return found


Anyone = Annotated[Caller, Security(caller)]
Reader = Annotated[Caller, Security(caller, scopes=["read"])]
Asker = Annotated[Caller, Security(caller, scopes=["ask"])]
Discarder = Annotated[Caller, Security(caller, scopes=["discard"])]
Publisher = Annotated[Caller, Security(caller, scopes=["publish"])]


async def anybody(request: Request) -> None:
    """Nobody in particular, whose parameters are described ones all the same. Raises `errors.BadInput`."""
    _refuse_undescribed(request)


Public = Annotated[None, Depends(anybody)]


def _refuse_undescribed(request: Request) -> None:
    # An option that is taken and does nothing is a trap for whoever misspelt it.
    path = request.app.openapi()["paths"][request.scope["route"].path]
    described = path[request.method.lower()].get("parameters", [])
    names = {parameter["name"] for parameter in described if parameter["in"] == "query"}
    faults = [
        errors.Fault(name[:80], "unknown_field", f"There is no parameter “{name[:80]}” here; leave it out.")
        for name in request.query_params
        if name not in names
    ]
    if faults:
        raise errors.BadInput(faults)
