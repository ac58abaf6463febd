"""A database with one promise of the floor taken away: what can be dropped, and how.

A constraint is dropped, a trigger is dropped, and of a function that keeps several promises only the one
refusal is taken out. Found in the live catalogue by the names that `floor/promises.py` gives, so a promise
that nothing keeps, or a guard that no promise names, shows here.
"""

import re
from dataclasses import dataclass

from ruche.moderation.floor import promises

REFUSAL = r"raise exception '[^']*'(?:, [\w.]+)?\s+using errcode = 'check_violation', constraint = '{name}';"
FUNCTIONS = "select proname, pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace"
CONSTRAINTS = "select conname, conrelid::regclass::text from pg_constraint where contype = 'c'"
TRIGGERS = (
    "select tgname, tgrelid::regclass::text, proname from pg_trigger join pg_proc on pg_proc.oid = tgfoid"
    " where not tgisinternal"
)
# Triggers that are bookkeeping and keep no promise.
OTHERS = {"fingerprints_changed"}


@dataclass(frozen=True)
class Weakening:
    """One promise less: its name, the statement that takes it away, and the codes that must be told."""

    name: str
    statement: str
    codes: frozenset[str]


def weakenings(conn):
    """Every way to take one promise of the database away."""
    anybody = "create or replace function may_see(rating text, who bigint) returns boolean language sql as"
    found = [
        Weakening("function may_see", f"{anybody} 'select true'", frozenset({"age_not_verified"})),
    ]
    constraints = dict(conn.execute(CONSTRAINTS).fetchall())
    triggers = conn.execute(TRIGGERS).fetchall()
    functions = dict(conn.execute(FUNCTIONS).fetchall())
    for name in sorted({promise.stops for promise in promises.BUILT} | set(promises.GUARDS)):
        codes = frozenset(
            [promise.code for promise in promises.BUILT if promise.stops == name]
            + [code for guard, code in promises.GUARDS.items() if guard == name]
        )
        if name in constraints:
            drop = f"alter table {constraints[name]} drop constraint {name}"
            found.append(Weakening(f"constraint {name}", drop, codes))
        for trigger, table, function in triggers:
            if name in {trigger, function}:
                own = frozenset(_codes(name, table, codes))
                found.append(Weakening(f"trigger {trigger}", f"drop trigger {trigger} on {table}", own))
        for function, text in functions.items():
            weaker, times = re.subn(REFUSAL.format(name=name), "null;", text)
            if times:
                found.append(Weakening(f"refusal {name} in {function}", weaker, codes))
    return found


def _codes(name, table, codes):
    """Of a function that guards two tables, what concerns this one."""
    if name == "events_are_kept":
        return {"audit": {"audit_is_kept"}, "events": {"ledger_is_kept"}}[table]
    return codes


def unnamed(conn):
    """Triggers that no promise names."""
    named = {promise.stops for promise in promises.BUILT} | set(promises.GUARDS) | OTHERS
    texts = dict(conn.execute(FUNCTIONS).fetchall())
    return [
        trigger
        for trigger, _, function in conn.execute(TRIGGERS).fetchall()
        if not {trigger, function} & named
        and not set(re.findall(r"constraint = '(\w+)'", texts[function])) & named
    ]
