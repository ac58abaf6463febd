"""`ruche policy`: what the house allows, tried out and changed from the command line.

`screen` judges texts from standard input by the same screener as the house does, without a database.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from ruche import errors

if TYPE_CHECKING:
    from ruche.moderation import screening, terms

app = typer.Typer(help="What this house allows.", no_args_is_help=True)

PolicyFile = Annotated[Path | None, typer.Option("--policy", help="A policy; the shipped one if not given.")]
Lexicon = Annotated[Path | None, typer.Option(help="Further terms that are refused, one a line.")]
Category = Annotated[str, typer.Option(help="What those terms are about, as a short word.")]
Rating = Annotated[Literal["general", "mature"], typer.Option(help="The rating that the texts are for.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for a program to read.")]


# Far more bytes than the longest prompt that is judged has in JSON.
_LONGEST: Final = 1 << 20


@app.command()
def screen(
    policy: PolicyFile = None,
    lexicon: Lexicon = None,
    category: Category = "lexicon",
    rating: Rating = "general",
    *,
    as_json: AsJson = False,
) -> None:
    """Judge prompts from standard input, one JSON string a line, in order.

    Example: echo '"a red circle"' | ruche policy screen --json
    """
    from ruche.moderation import screening

    screener = screening.Screener(_terms(policy, lexicon, category))
    for number, line in enumerate(_lines(), 1):
        verdict = _judged(screener, line, rating)
        if verdict["rule"] == "input":
            sys.stderr.write(
                f"ruche: line {number} cannot be judged and counts as refused: {verdict['code']}.\n"
            )
        text = json.dumps(verdict, ensure_ascii=False) if as_json else _sentence(verdict)
        sys.stdout.write(text + "\n")
        # Whoever asks may wait for this answer before they ask on.
        sys.stdout.flush()


def _lines() -> Iterator[bytes]:
    """The lines of standard input; of one that is too long to be a prompt no more than that."""
    while line := sys.stdin.buffer.readline(_LONGEST):
        rest = line
        while len(rest) == _LONGEST and not rest.endswith(b"\n"):
            rest = sys.stdin.buffer.readline(_LONGEST)
        yield line


def _terms(stated: Path | None, lexicon: Path | None, category: str) -> Iterator["terms.Term"]:
    from ruche.moderation import wordlists

    if stated is not None:
        from ruche.moderation import policy

        try:
            with stated.open("rb") as file:
                read = policy.parse(policy.read(file.read(policy.LONGEST + 1)))
        except OSError as gone:
            raise errors.BadSettings(
                sentence=f"The policy {stated} cannot be read: {gone.strerror}."
            ) from gone
        yield from wordlists.of_policy(read.prompts.lexicons)
    if lexicon is not None:
        yield from wordlists.of_file(lexicon, category)


def _judged(
    screener: "screening.Screener", line: bytes, rating: Literal["general", "mature"]
) -> dict[str, Any]:
    from ruche.moderation import screening

    try:
        text = json.loads(line)
    except (ValueError, RecursionError):
        return _refused("prompt_too_long" if len(line) == _LONGEST else "not_json")
    if not isinstance(text, str):
        return _refused("not_text")
    if code := screening.unfit(text):
        return _refused(code)
    verdict = screener.screen(text, rating=rating)
    finding = verdict.finding
    return {
        "decision": verdict.decision.name.lower(),
        "category": finding and finding.category,
        "code": finding and finding.code,
        "rule": finding and finding.rule,
        "canonical": verdict.canonical,
    }


def _refused(code: str) -> dict[str, Any]:
    return {"decision": "refuse", "category": "input", "code": code, "rule": "input", "canonical": ""}


def _sentence(verdict: dict[str, Any]) -> str:
    found = (
        "" if verdict["code"] is None else f"  {verdict['category']}: {verdict['code']} ({verdict['rule']})"
    )
    return f"{verdict['decision']:<7}{found}".rstrip()
