"""A database with one promise of the floor taken away: what can be dropped, and how.

A constraint is dropped, a trigger is dropped, and of a function that keeps several promises only the one
refusal is taken out. Found in the live catalogue by the names that `floor/promises.py` gives, so a promise
that nothing keeps, or a guard that no promise names, shows here.
"""

import re
from dataclasses import dataclass

from ruche.moderation.floor import promises

REFUSAL = r"raise exception '[^']*'(?:, [\w.]+)?\s+using errcode = 'check_violation', constraint = '{name}';"
RAISED = re.compile(
    r"raise exception '[^']*'(?:, [\w.]+)?(?:\s+using errcode = '\w+', constraint = ('\w+'|\w+))?;"
)
FUNCTIONS = "select proname, pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace"
CONSTRAINTS = (
    "select conname, conrelid::regclass::text from pg_constraint"
    " where contype = 'c' and connamespace = 'public'::regnamespace"
)
TRIGGERS = (
    "select tgname, tgrelid::regclass::text, proname from pg_trigger join pg_proc on pg_proc.oid = tgfoid"
    " where not tgisinternal"
)
# What is asked of a verified age.
AGES = (
    "member = who", "withdrawn_at is null", "until > now()", "provider = said.age_provider",
    "verified_at <= now()", "verified_at > now() - make_interval(days => said.assurance_days)",
    "adopted_at is not null",
)  # fmt: skip
# Triggers that are bookkeeping and keep no promise.
OTHERS = {"fingerprints_changed"}
# Constraints on the form of a value or of a row, which promise nothing to anybody.
FORM = {
    "appeals_check", "appeals_words_check", "assurances_check", "assurances_check1",
    "assurances_provider_check", "assurances_reference_check", "audit_facts_check", "audit_hash_check",
    "audit_head_one_check", "audit_reason_check", "audit_subject_check", "audit_tag_check",
    "caller_days_salt_check", "cases_check", "cases_kind_check", "cases_risk_check",
    "certificates_chain_check", "certificates_mark_check", "comparisons_check", "comparisons_one_check",
    "decisions_note_check", "duties_duty_check", "events_tag_check", "fingerprint_changes_one_check",
    "fingerprints_bank_check", "fingerprints_kind_check", "fingerprints_value_check", "handovers_check",
    "handovers_ended_check", "handovers_to_check", "handovers_tries_check", "house_mode_check1",
    "house_mode_wanted_check", "images_place_check", "images_shown_check", "jobs_ask_key_check",
    "jobs_check", "jobs_check1", "jobs_inputs_check", "jobs_state_check", "links_check", "links_role_check",
    "members_name_check", "members_role_check", "names_kind_check", "names_name_check",
    "notice_days_salt_check", "optout_works_pdq_check", "optouts_artist_check", "optouts_state_check",
    "origins_pdq_check", "origins_pixels_check", "origins_sha256_check", "origins_views_check",
    "policies_assurance_days_check", "policies_check1", "policies_text_check", "queue_cost_check",
    "refusals_rating_check", "reports_check", "reports_words_check", "samples_drawn_one_check",
    "sanctions_kind_check", "sanctions_points_check", "tokens_name_check", "tokens_scopes_check",
    "turns_waiting_check", "turns_weight_check", "vault_sha256_check", "vetted_models_model_check",
    "vetted_models_probed_by_check",
}  # fmt: skip


@dataclass(frozen=True)
class Weakening:
    """One promise less: its name, the statement that takes it away, and the codes that must be told."""

    name: str
    statement: str
    codes: frozenset[str]


def weakenings(conn):
    """Every way to take one promise of the database away."""
    anybody = "create or replace function may_see(rating text, who bigint) returns boolean language sql as"
    found = [Weakening("function may_see", f"{anybody} 'select true'", frozenset({"age_not_verified"}))]
    constraints = dict(conn.execute(CONSTRAINTS).fetchall())
    triggers = conn.execute(TRIGGERS).fetchall()
    functions = dict(conn.execute(FUNCTIONS).fetchall())
    for condition in AGES:
        text = functions["age_is_verified"]
        if condition not in text:
            raise ValueError(f"age_is_verified does not ask {condition}")
        weaker = text.replace(condition, "true")
        found.append(
            Weakening(f"age_is_verified without {condition}", weaker, frozenset({"age_not_verified"}))
        )
    for name in sorted(named()):
        codes = frozenset(
            [promise.code for promise in promises.BUILT if promise.stops == name]
            + [code for guard, code in promises.GUARDS.items() if guard == name]
        )
        if name in constraints:
            drop = f"alter table {constraints[name]} drop constraint {name}"
            found.append(Weakening(f"constraint {name}", drop, codes))
        for trigger, table, function in triggers:
            if name == trigger or (name == function and trigger not in named()):
                own = frozenset(_codes(name, table, codes))
                found.append(Weakening(f"trigger {trigger}", f"drop trigger {trigger} on {table}", own))
        for function, text in functions.items():
            weaker, times = re.subn(REFUSAL.format(name=name), "null;", text)
            if times:
                found.append(Weakening(f"refusal {name} in {function}", weaker, codes))
    return found


def named():
    """What keeps the promises."""
    return {promise.stops for promise in promises.BUILT} | set(promises.GUARDS)


def _codes(name, table, codes):
    """Of a function that guards two tables, what concerns this one."""
    if name == "events_are_kept":
        return {"audit": {"audit_is_kept"}, "events": {"ledger_is_kept"}}[table]
    return codes


def unnamed(conn):
    """What refuses something in this database and is named by no promise."""
    known = named()
    texts = dict(conn.execute(FUNCTIONS).fetchall())
    for trigger, _, function in conn.execute(TRIGGERS).fetchall():
        by = {trigger, function, *re.findall(r"constraint = '(\w+)'", texts[function])}
        if not by & (known | OTHERS):
            yield f"trigger {trigger}"
    for function, text in texts.items():
        for raised in RAISED.finditer(text):
            by = (raised.group(1) or "").strip("'") or function
            if by not in known | {"tg_name"}:
                yield f"refusal {by} in {function}"
        if text.count("raise exception") != len(RAISED.findall(text)):
            yield f"a refusal of another form in {function}"
    for constraint, table in conn.execute(CONSTRAINTS).fetchall():
        if constraint not in known | FORM:
            yield f"constraint {constraint} of {table}"
