"""The code with one check of the floor taken away or turned round, one text for each.

A check is an `if` that refuses, a condition within one, a boolean that is returned, or a call that raises
where something is not allowed. Each is deleted and, where that makes sense, negated.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

# Where the checks stand, and in which functions; presentation is left alone.
TARGETS = {
    "moderation/floor/checks.py": (
        "admit", "_mature", "cap", "may_rate", "may_lift", "may_serve", "may_hear", "switch",
    ),
    "moderation/floor/selftest.py": ("stand", "spoken", "_stopped"),
    "moderation/mature.py": ("__post_init__", "of", "_missing", "_people", "_machines"),
    "moderation/bounds.py": ("faults", "_laxer", "_faults_of_one", "_line"),
    "moderation/policy.py": ("parse", "read", "_toml", "_faults", "_at_odds"),
    "moderation/adoption.py": ("adopt",),
    "actions/policy.py": ("advance", "_adopt"),
    "actions/house_mode.py": ("switch_on", "switch_off", "_step", "_complete"),
    "actions/ask_mature.py": ("admitted", "_ground"),
    "actions/assure.py": ("record", "withdraw", "_require"),
    "actions/readiness.py": ("_answers",),
    "membership/assurances.py": ("record", "method_of"),
    "api/jobs.py": ("rating_of",),
}  # fmt: skip
# Calls that raise where something is not allowed.
CALLS = {"require", "_require", "_complete", "lock"}
# These change nothing that anybody could see, with the reason.
SAME = {
    # Whoever passes this early way is refused as well further down, with the same code.
    ("actions/ask_mature.py", "deleted: if not mode.mature"): "checks.admit refuses the same",
    # One operator after the other: only two at the same instant would tell.
    ("actions/policy.py", "deleted: await adoption.lock(conn)"): "only a race would tell",
}


@dataclass(frozen=True)
class Mutant:
    """A file with one check less."""

    file: str
    line: int
    what: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line} {self.what}"


def mutants(file: str, text: str) -> Iterator[Mutant]:
    """Every way to take away one check of this file."""
    tree = ast.parse(text)
    seen = {ast.unparse(tree)}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and function.name in TARGETS[file]:
            for node in ast.walk(function):
                for what, change in _changes(node):
                    made = _changed(tree, node, change)
                    if made not in seen and (file, what) not in SAME:
                        seen.add(made)
                        yield Mutant(file, node.lineno, what, made)


def _changes(node):
    """What can be done to this node: words, and the function that does it to a copy."""
    if isinstance(node, ast.If):
        words = ast.unparse(node.test)
        yield f"deleted: if {words}", _with_test(lambda _: ast.Constant(value=False))
        yield f"negated: if {words}", _with_test(_negated)
        yield from _less(node.test, "test")
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.BoolOp | ast.Compare | ast.IfExp):
        words = ast.unparse(node.value)
        if isinstance(node.value, ast.IfExp):
            yield f"always: return {ast.unparse(node.value.body)}", _set("value", node.value.body)
        else:
            yield f"negated: return {words}", _set("value", _negated(node.value))
            yield f"always true: return {words}", _set("value", ast.Constant(value=True))
            yield from _less(node.value, "value")
    elif isinstance(node, ast.Expr) and (call := _call(node.value)):
        yield f"deleted: {ast.unparse(node.value)}", None
        del call


def _less(test, field):
    """The condition with one of its parts left out."""
    if isinstance(test, ast.BoolOp):
        for place, part in enumerate(test.values):
            rest = [value for at, value in enumerate(test.values) if at != place]
            whole = rest[0] if len(rest) == 1 else ast.BoolOp(op=test.op, values=rest)
            yield f"left out: {ast.unparse(part)} of {ast.unparse(test)}", _set(field, whole)


def _call(value):
    inner = value.value if isinstance(value, ast.Await) else value
    if not isinstance(inner, ast.Call):
        return None
    name = inner.func.attr if isinstance(inner.func, ast.Attribute) else getattr(inner.func, "id", "")
    return inner if name in CALLS else None


def _negated(test):
    return ast.UnaryOp(op=ast.Not(), operand=copy.deepcopy(test))


def _with_test(change):
    def apply(node):
        node.test = change(node.test)
        return node

    return apply


def _set(field, value):
    def apply(node):
        setattr(node, field, copy.deepcopy(value))
        return node

    return apply


def _changed(tree, node, change):
    """The whole text with this one node changed; None takes the statement away."""
    node.marked = True
    whole = copy.deepcopy(tree)
    del node.marked

    class Change(ast.NodeTransformer):
        def visit(self, found):
            if getattr(found, "marked", False):
                return ast.Pass() if change is None else change(found)
            return self.generic_visit(found)

    return ast.unparse(ast.fix_missing_locations(Change().visit(whole)))
