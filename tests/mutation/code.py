"""The code and the statements with one check of the floor taken away or turned round, one text for each.

A check is an `if` that refuses, a condition within one, a boolean that is returned or handed on, a condition
of a comprehension, a row of a table of needs, or a call that raises where something is not allowed. Each is
deleted and, where that makes sense, negated. Of a named statement it is each condition of its `where`, and
of its `case`. Which files and functions: `targets.py`.
"""

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.mutation import targets

# Calls that raise where something is not allowed.
CALLS = {"require", "_require", "_complete", "lock", "require_free", "unless_allowed", "impartial", "hold"}
_BOOLEAN = ast.BoolOp | ast.Compare | ast.UnaryOp


@dataclass(frozen=True)
class Mutant:
    """A file with one check less."""

    file: str
    line: int
    what: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line} {' '.join(self.what.split())}"


def checked(file: str, tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a file whose checks are the floor's."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if file in targets.PARTS:
                if node.name in targets.PARTS[file]:
                    yield node
            elif node.name not in targets.TARGETS[file]:
                yield node


def mutants(file: str, text: str) -> Iterator[Mutant]:
    """Every way to take away one check of this file."""
    tree = ast.parse(text)
    seen = {ast.unparse(tree)}
    for function in checked(file, tree):
        for node in ast.walk(function):
            for what, change in _changes(node):
                made = _changed(tree, node, change)
                if made not in seen and (file, what) not in targets.SAME:
                    seen.add(made)
                    yield Mutant(file, getattr(node, "lineno", function.lineno), what, made)


def _changes(node):
    """What can be done to this node: words, and the function that does it to a copy."""
    if isinstance(node, ast.If):
        words = ast.unparse(node.test)
        yield f"deleted: if {words}", _set("test", ast.Constant(value=False))
        yield f"negated: if {words}", _set("test", _negated(node.test))
        yield from _less(node.test, "test")
    elif isinstance(node, ast.Return) and isinstance(node.value, _BOOLEAN | ast.IfExp):
        yield from _always(node, "value", f"return {ast.unparse(node.value)}")
    elif isinstance(node, ast.Assign | ast.keyword) and isinstance(node.value, _BOOLEAN):
        yield from _always(node, "value", ast.unparse(node))
    elif isinstance(node, ast.Expr) and (isinstance(node.value, ast.YieldFrom) or _call(node.value)):
        yield f"deleted: {ast.unparse(node.value)}", None
    elif isinstance(node, ast.comprehension):
        for place, test in enumerate(node.ifs):
            rest = [other for at, other in enumerate(node.ifs) if at != place]
            yield f"left out: if {ast.unparse(test)}", _set("ifs", rest)
    elif _is_table(node):
        for place, entry in enumerate(node.elts):
            rest = [other for at, other in enumerate(node.elts) if at != place]
            yield f"left out: {ast.unparse(entry)}", _set("elts", rest)


def _is_table(node):
    return (
        isinstance(node, ast.Tuple | ast.List)
        and len(node.elts) > 1
        and all(isinstance(entry, ast.Tuple) for entry in node.elts)
    )


def _always(node, field, words):
    value = getattr(node, field)
    if isinstance(value, ast.IfExp):
        yield f"always: {ast.unparse(value.body)} of {words}", _set(field, value.body)
        return
    yield f"always true: {words}", _set(field, ast.Constant(value=True))
    yield f"always false: {words}", _set(field, ast.Constant(value=False))
    yield from _less(value, field)


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
        return False
    name = inner.func.attr if isinstance(inner.func, ast.Attribute) else getattr(inner.func, "id", "")
    return name in CALLS


def _negated(test):
    return ast.UnaryOp(op=ast.Not(), operand=copy.deepcopy(test))


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


def statements(file: str, text: str) -> Iterator[Mutant]:
    """Every way to take away one condition of the named statements of this file."""
    for name in targets.STATEMENTS[file]:
        begin = text.index(f"-- name: {name}\n")
        end = text.find("\n-- name: ", begin)
        statement = text[begin : end if end > 0 else len(text)]
        line = text[:begin].count("\n") + 1
        for condition, less in _conditions(statement):
            yield Mutant(file, line, f"{name} without: {condition}", text.replace(statement, less))


_WORD = re.compile(
    r"\b(where|and|or|order|limit|returning|for|on|union|from|group|then|case|when|else|end)\b|[()]|;"
)


def _conditions(statement):
    """Each condition with the statement that lacks it: it is taken for true."""
    body = statement.index("\n", statement.index("\n") + 1)
    tokens = [(m.start(), m.end(), m.group()) for m in _WORD.finditer(statement, body)]
    opened, starts = 0, {}
    for start, end, word in tokens:
        if word == "(":
            opened += 1
            continue
        began = starts.get(opened)
        if began is not None:
            condition = statement[began:start].strip()
            if condition and condition.count("(") == condition.count(")"):
                yield condition, f"{statement[:began]} true {statement[start:]}"
            del starts[opened]
        if word == ")":
            starts.pop(opened, None)
            opened -= 1
        elif word == "where" or (word in {"and", "or"} and began is not None):
            starts[opened] = end
