"""`ruche policy check | diff | shadow | adopt | versions`: the operator's policy in its versions.

`check` needs no database. `diff` and `shadow` read the house; `adopt` changes it, and takes a personal
token, since two different operators must agree (`acting.py`). Texts of members are never shown.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ruche import errors
from ruche.cli import acting

if TYPE_CHECKING:
    from ruche import hive
    from ruche.actions import policy as deeds
    from ruche.moderation import adoption, policy
    from ruche.moderation.versions import shadow, trials

    Listed = list[tuple[adoption.Version, list[str], trials.Trial | None]]

File = Annotated[Path, typer.Argument(help="The policy's TOML file.")]
Data = Annotated[Path | None, typer.Option(help="The folder of the house.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for a program to read.")]


def check(file: File, *, as_json: AsJson = False) -> None:
    """Whether a policy can be used: every entry valid, none laxer than the floor.

    Example: ruche policy check policy.toml
    """
    from ruche.moderation import adoption, policy

    try:
        made = policy.with_terms(policy.parse(_text(file)))
    except errors.PolicyUnfit as unfit:
        lines = [fault.sentence for fault in unfit.faults]
        _say("\n".join(lines), {"fit": False, "faults": list(map(asdict, unfit.faults))}, as_json=as_json)
        raise typer.Exit(1) from unfit
    stated = list(adoption.changes(policy.Policy(), made))
    words = f"This policy can be used; against the shipped one it changes {len(stated) or 'nothing'}."
    fact = {"fit": True, "changes": [_change(change) for change in stated]}
    _say("\n".join([words, *(f"  {change.words}" for change in stated)]), fact, as_json=as_json)


def diff(file: File, data: Data = None, *, as_json: AsJson = False) -> None:
    """What would change if this policy came into force, in words.

    Example: ruche policy diff policy.toml
    """
    from ruche.cli import house
    from ruche.moderation import adoption, policy

    wanted = policy.with_terms(policy.parse(_text(file)))

    async def work(open_house: "hive.Hive") -> "policy.Policy":
        async with open_house.database.reading() as conn:
            return await policy.in_force(conn)

    now = house.within(data, work)
    found = list(adoption.changes(now, wanted))
    lines = [f"  {change.words}" for change in found] or ["  nothing"]
    fact = {"version": now.version, "changes": [_change(change) for change in found]}
    _say("\n".join([f"Against version {now.version}:", *lines]), fact, as_json=as_json)


def shadow_(
    file: File,
    data: Data = None,
    last: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many records of each kind.")] = 10_000,
    *,
    as_json: AsJson = False,
) -> None:
    """What this policy would have decided otherwise, over recorded texts and pictures; changes nothing.

    Example: ruche policy shadow policy.toml --last 5000
    """
    from ruche.cli import house
    from ruche.moderation import policy
    from ruche.moderation.versions import shadow

    wanted = policy.with_terms(policy.parse(_text(file)))

    async def work(open_house: "hive.Hive") -> "shadow.Report":
        async with open_house.database.reading() as conn:
            now = await policy.in_force(conn)
        return await shadow.run(open_house.database, now, wanted, last=last)

    found = house.within(data, work)
    _say("\n".join(found.lines), asdict(found), as_json=as_json)


def adopt(
    file: File, data: Data = None, token_file: acting.TokenFile = None, *, as_json: AsJson = False
) -> None:
    """Propose this policy, or bring it into force where another operator has proposed it.

    What is proposed is first tried in shadow. Example: RUCHE_TOKEN=ruche_... ruche policy adopt policy.toml
    """
    from ruche.actions import policy as deeds
    from ruche.cli import house
    from ruche.moderation import policy

    text = _text(file)
    brought = policy.with_terms(policy.parse(text)).brought

    async def work(open_house: "hive.Hive") -> "deeds.Step":
        member = await acting.member(open_house, token_file)
        return await deeds.advance(open_house, member, text, brought=brought)

    step = house.within(data, work)
    if step.adopted:
        words = f"Version {step.version} is in force."
    else:
        words = f"Proposed as version {step.version}; another operator brings it into force with this file."
    fact = {
        "version": step.version,
        "in_force": step.adopted,
        "changes": [_change(change) for change in step.changes],
        "trial": step.trial.as_dict(),
    }
    lines = [words, *(f"  {change.words}" for change in step.changes), *step.trial.lines]
    _say("\n".join(lines), fact, as_json=as_json)


def versions(data: Data = None, *, as_json: AsJson = False) -> None:
    """Every version that was proposed, the newest first, with its terms and how it did in shadow.

    Example: ruche policy versions
    """
    from ruche.cli import house
    from ruche.moderation import adoption
    from ruche.moderation.versions import lexicons, trials

    async def work(open_house: "hive.Hive") -> "Listed":
        async with open_house.database.reading() as conn:
            terms, tried = await lexicons.labels(conn), await trials.every(conn)
            found = await adoption.versions(conn)
        return [(one, terms.get(one.number, []), tried.get(one.number)) for one in found]

    lines, facts = [], []
    for one, terms, trial in house.within(data, work):
        lines.append(_line(one))
        lines += [f"  terms of {file}" for file in terms]
        lines += [f"  {line}" for line in (trial.lines if trial else [])]
        facts.append(asdict(one) | {"lexicons": terms, "trial": trial.as_dict() if trial else None})
    text = "\n".join(lines) or "The shipped policy, version 0, is in force."
    _say(text, {"versions": facts}, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Hang these commands into the group `policy`."""
    app.command()(check)
    app.command()(diff)
    app.command("shadow")(shadow_)
    app.command()(adopt)
    app.command()(versions)


def _text(file: Path) -> str:
    from ruche.moderation import policy

    try:
        with file.open("rb") as opened:
            return policy.read(opened.read(policy.LONGEST + 1))
    except OSError as unreadable:
        sentence = f"The file {file} cannot be read: {unreadable.strerror}."
        raise errors.BadInput.at("file", "unreadable", sentence) from unreadable


def _line(one: "adoption.Version") -> str:
    state = f"adopted {one.adopted_at:%Y-%m-%d}" if one.adopted_at else "not adopted"
    return f"{one.number}  proposed {one.proposed_at:%Y-%m-%d}, {state}"


def _change(change: "adoption.Change") -> dict[str, Any]:
    return asdict(change) | {"words": change.words}


def _say(text: str, fact: dict[str, Any], *, as_json: bool) -> None:
    words = json.dumps(fact, ensure_ascii=False, default=str) if as_json else text
    sys.stdout.write(words + "\n")
