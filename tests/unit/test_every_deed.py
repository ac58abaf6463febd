"""Every deed that writes leaves an act in the audit, or stands in a short list with its reason.

Read from the code itself, so a new deed cannot be forgotten: a deed is a public coroutine of `actions/`
that begins a writing transaction, itself or through another of them, or that is given one. What acts say
is tested where each deed is.
"""

import ast
from pathlib import Path

import pytest

import ruche.actions

FOLDER = Path(ruche.actions.__file__).parent

# What leaves no act, and why: nobody is judged, and nothing of anybody's is shown, hidden or taken by it.
SILENT = {
    "appeal.open_statement": "a member reads their own statement",
    "cancel.cancel": "one's own job, in the ledger",
    "deliver.fail": "a job that failed, in the ledger",
    "join.credit": "one's own name, in the ledger",
    "join.end_session": "one's own session, in the ledger",
    "join.first_link": "the way in of the operator, in the ledger",
    "join.link": "a way in for whoever lost theirs, in the ledger",
    "join.open_link": "coming in, in the ledger; what an invitation gives is an act of join.invite",
    "join.recognise": "that a session is used",
    "join.rename": "one's own name, in the ledger",
    "join.sign_out": "one's own session, in the ledger",
    "reap.reap": "jobs of a worker that vanished, in the ledger",
    "review.let_go": "a case goes back undecided",
    "sample.count": "counts what is there",
    "sign.plain": "makes a copy; at most the house's own certificate is noted",
    "sign.sign_old": "a signature changes nothing about an image",
    "sign.signed": "as sign.plain",
    "sweep.sweep": "files that no image has",
    "tokens.make": "one's own token, in the ledger",
    "tokens.recognise": "that a token is used",
    "tokens.revoke": "one's own token, in the ledger",
}


def _functions():
    """Every function of the deeds by its name in full, with its node and its module's own functions."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        # A module may go by another name where it is used.
        alias = {
            name.asname: name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "ruche.actions"
            for name in node.names
            if name.asname
        }
        own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found[f"{path.stem}.{node.name}"] = (node, own, alias)
    return found


FUNCTIONS = _functions()


def _calls(name):
    """What a function calls, as MODULE.NAME, its own module's functions too."""
    node, own, alias = FUNCTIONS[name]
    module = name.partition(".")[0]
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            match part.func:
                case ast.Name(id=called) if called in own:
                    yield f"{module}.{called}"
                case ast.Attribute(value=ast.Name(id=owner), attr=attr):
                    yield f"{alias.get(owner, owner)}.{attr}"
                case ast.Attribute(attr="writing"):
                    yield "database.writing"


def _reaches(name, goal):
    seen, left = set(), [name]
    while left:
        one = left.pop()
        if one in seen:
            continue
        seen.add(one)
        if one == goal:
            return True
        if one in FUNCTIONS:
            left += _calls(one)
    return False


def _is_deed(name):
    node, *_ = FUNCTIONS[name]
    if not isinstance(node, ast.AsyncFunctionDef) or node.name.startswith("_"):
        return False
    given = [argument.arg for argument in node.args.args][:1]
    return _reaches(name, "database.writing") or (given == ["conn"] and _reaches(name, "audit.append"))


DEEDS = sorted(name for name in FUNCTIONS if _is_deed(name))


def test_the_deeds_are_found():
    assert len(DEEDS) > 50
    assert {"review.decide", "effects.decide", "report.notice", "publish.publish"} <= {*DEEDS}


@pytest.mark.parametrize("deed", [name for name in DEEDS if name not in SILENT])
def test_it_leaves_an_act_in_the_audit(deed):
    assert _reaches(deed, "audit.append")


def test_the_list_of_the_silent_names_deeds_that_are_silent():
    assert {*SILENT} - {*DEEDS} == set()
    assert [deed for deed in SILENT if _reaches(deed, "audit.append")] == []
