"""The promises of the floor, one by one: their codes, their words, and how each is put to the test.

A promise of the code is tried by calling what keeps it with what must not be; a promise of the database
by a statement that must be stopped, and by whom. `selftest.py` tries all of them at every start, and
`tests/mutation/` takes each away to see that somebody notices. A new promise is a line here and,
for the database, a `break_...` statement in `attempts.sql`, whose sentence says what must not be.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import product
from typing import Final

from ruche import errors, recipe
from ruche.moderation import bounds, mature, policy
from ruche.moderation.floor import checks, judging

GENERAL: Final = checks.Wish()
MATURE: Final = checks.Wish(rating="mature")
OPEN: Final = checks.Ground(mature=True, allowed=True, ready=True, vetted=True, assured=True)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A promise that code keeps: `holds` tries it and says whether it still does."""

    code: str
    words: str
    holds: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Built:
    """A promise that the database keeps.

    `attempt` names the statement that is tried, `stops` the constraint or the trigger's function.
    """

    code: str
    attempt: str
    stops: str
    opened: bool = False
    """Whether it is tried in a house that makes mature images."""


def _text_only() -> bool:
    plain = recipe.Recipe(prompt="a red circle")
    texts = {"prompt", "negative_prompt", "model", "sampler"}
    numbers = {"width", "height", "steps", "guidance", "seed", "count"}
    shape = {entry.name for entry in fields(mature.MatureJob)}
    return (
        shape == texts | numbers == set(mature.FIELDS)
        and all(mature.FIELDS[name] is str for name in texts)
        and all(mature.FIELDS[name] in {int, float} for name in numbers)
        and mature.of(plain).recipe == plain
        and _stopped(lambda: mature.MatureJob(**{**plain.as_dict(), "prompt": b"\x89PNG"}))
        and checks.admit(checks.Wish(rating="mature", inputs=1), OPEN) == "mature_is_text_only"
        and checks.admit(checks.Wish(rating="mature", adapters=1), OPEN) == "mature_is_text_only"
        and checks.admit(MATURE, OPEN) is None
    )


def _stopped(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except errors.BadInput:
        return True
    return False


def _never_both() -> bool:
    both = checks.Ground(outside=True, mature=True, allowed=True, ready=True, vetted=True, assured=True)
    return (
        all(checks.admit(wish, both) == "never_both" for wish in (GENERAL, MATURE))
        and checks.switch("mature", outside=True, mature=False) == "never_both"
        and checks.switch("outside", outside=False, mature=True) == "never_both"
        and checks.switch("mature", outside=False, mature=False) is None
        and checks.switch("outside", outside=False, mature=False) is None
    )


def _outside_is_off() -> bool:
    wish = checks.Wish(inputs=1, outside=True)
    return (
        checks.admit(wish, checks.Ground()) == "outside_is_off"
        and checks.admit(wish, checks.Ground(outside=True)) is None
        and checks.admit(checks.Wish(inputs=1), checks.Ground()) is None
    )


def _mature_needs_all() -> bool:
    names = ("mature", "allowed", "ready", "vetted", "assured")
    for given in product((False, True), repeat=len(names)):
        ground = checks.Ground(**dict(zip(names, given, strict=True)))
        if (checks.admit(MATURE, ground) is None) is not all(given):
            return False
        if checks.admit(GENERAL, ground) is not None:
            return False
    return checks.admit(checks.Wish(rating="explicit"), OPEN) == "unknown_rating"  # type: ignore[arg-type]


def _never_laxer() -> bool:
    numbers = {path: bound for path, bound, _ in policy.entries() if isinstance(bound, bounds.Number)}
    for path, bound in numbers.items():
        section, _, key = path.partition(".")
        laxer = bound.floor + (1 if bound.floor > bound.end else -1)
        if not _stopped(lambda text=f"[{section}]\n{key} = {laxer:g}": policy.parse(text)):  # type: ignore[misc]
            return False
    return len(numbers) > 1 and _stopped(lambda: policy.parse('[prompts]\nlanguages = ["en"]'))


def _switch_needs_all() -> bool:
    nothing = mature.Facts(policy.Policy(), outside=True, provider=False, accuracy=None, ages=False,
                           reviewers=0, bank=False, models=0, vocabulary=0)  # fmt: skip
    wanted = {
        "never_both", "mature_not_allowed", "age_provider", "reviewers", "legal_contact", "classifier",
        "hash_source", "vetted_model", "vocabulary",
    }  # fmt: skip
    return {lacking.code for lacking in mature.preconditions(nothing)} == wanted


SPOKEN: Final = (
    Spoken("mature_is_text_only", "a mature job holds text and numbers alone", _text_only),
    Spoken("never_both", "a house takes outside images or makes mature ones, never both", _never_both),
    Spoken(
        "outside_is_off",
        "nothing starts from an image of elsewhere unless that is switched on",
        _outside_is_off,
    ),
    Spoken(
        "mature_needs_all",
        "a mature job needs the switch, the policy, readiness, a vetted model and a verified age",
        _mature_needs_all,
    ),
    Spoken("switch_needs_all", "mature is switched on only where nothing is missing", _switch_needs_all),
    Spoken("never_laxer", "no policy is laxer than the floor", _never_laxer),
    Spoken(
        "model_not_vetted",
        "a model that knows real people by heart makes no mature image",
        judging.faces_are_forgotten,
    ),
    Spoken("no_real_people", "no real person is in a mature or an intimate image", judging.no_real_people),
    Spoken("vocabulary_is_closed", "a mature prompt has no word that nobody reviewed", judging.closed),
    Spoken("no_minors", "nobody who may be under 18 is in a mature or an intimate image", judging.no_minors),
    Spoken("hard_is_hard", "nothing lifts what is refused at every rating", judging.hard_is_hard),
    Spoken("unjudged_waits", "what could not be looked at waits for a person", judging.unjudged_waits),
    Spoken("known_is_matched", "a known picture is matched before anybody sees it", judging.known_is_matched),
    Spoken(
        "nothing_leaves", "evidence goes to a test sink until an authority is named", judging.nothing_leaves
    ),
)

BUILT: Final = (
    Built("never_both", "break_both_modes", "house_mode_check"),
    Built("switched_by_two", "break_switch_alone", "house_mode_by_two"),
    Built("switched_by_two", "break_switch_with_oneself", "house_mode_by_two"),
    Built("mode_is_kept", "break_mode_row", "house_mode_stays"),
    Built("mode_is_kept", "break_mode_twice", "house_mode_one_check"),
    Built("unknown_rating", "break_job_third_rating", "jobs_rating_check"),
    Built("unknown_rating", "break_image_third_rating", "images_rating_check", opened=True),
    Built("unknown_rating", "break_image_third_cap", "images_cap_check"),
    Built("mature_is_off", "break_switched_off", "mature_jobs_need_the_switch"),
    Built("age_not_verified", "break_unassured", "mature_jobs_need_an_age", opened=True),
    Built("mature_is_text_only", "break_text_only", "jobs_mature_is_text_only", opened=True),
    Built("mature_is_text_only", "break_hidden_image", "jobs_mature_holds_no_image", opened=True),
    Built("mature_is_text_only", "break_nested_image", "jobs_mature_holds_no_image", opened=True),
    Built("model_not_vetted", "break_unvetted", "mature_jobs_need_a_vetted_model", opened=True),
    Built("model_not_vetted", "break_vetted_face", "vetted_models_forget_faces"),
    Built("model_not_vetted", "break_vetted_few", "vetted_models_forget_faces"),
    Built("job_is_settled", "break_job_text", "jobs_keep_their_texts"),
    Built("job_is_settled", "break_mature_model", "jobs_keep_their_texts", opened=True),
    Built("job_is_settled", "break_job_rating", "jobs_keep_their_rating", opened=True),
    Built("job_is_settled", "break_job_inputs", "jobs_keep_their_rating"),
    Built("taint_is_monotone", "break_rating_above_cap", "images_rating_within_cap"),
    Built("taint_is_monotone", "break_cap_upward", "caps_only_go_down"),
    Built("taint_is_monotone", "break_image_of_general_job", "images_follow_their_job"),
    Built("taint_is_monotone", "break_image_from_image", "images_from_images_are_general", opened=True),
    Built("taint_is_monotone", "break_lineage", "images_keep_their_lineage"),
    Built("taint_is_monotone", "break_image_job", "images_keep_their_lineage", opened=True),
    Built("unsigned_is_unseen", "break_unsigned", "images_shown_is_signed"),
    Built("unsigned_is_unseen", "break_unregistered", "images_signed_are_registered"),
    Built("origin_is_kept", "break_signature_lost", "images_stay_signed", opened=True),
    Built("origin_is_kept", "break_origin_changed", "origins_are_kept"),
    Built("origin_is_kept", "break_origin_of_gone", "origins_are_kept"),
    Built("origin_is_kept", "break_origin_deleted", "origins_stay"),
    Built("removed_is_unseen", "break_removed_shown", "the_removed_stay_held"),
    Built("discarded_is_unseen", "break_discarded_shown", "images_discarded_are_held"),
    Built("evidence_is_sealed", "break_sealed_row", "vault_is_sealed"),
    Built("evidence_is_sealed", "break_sealed_deletion", "vault_is_sealed"),
    Built("evidence_is_sealed", "break_short_hold", "vault_holds_a_year"),
    Built("evidence_is_sealed", "break_born_expired", "vault_begins_now"),
    Built("evidence_is_sealed", "break_sealed_to_nobody", "vault_custodians_check"),
    Built("evidence_arrives", "break_handover_deleted", "handovers_stay"),
    Built("audit_is_kept", "break_audit_changed", "events_are_kept"),
    Built("audit_is_kept", "break_audit_deleted", "events_are_kept"),
    Built("audit_is_kept", "break_head_deleted", "audit_head_stays"),
    Built("audit_is_kept", "break_head_rewound", "audit_head_goes_on"),
    Built("audit_is_kept", "break_head_ahead", "audit_head_goes_on"),
    Built("ledger_is_kept", "break_event_changed", "events_are_kept"),
    Built("decisions_are_kept", "break_decision_changed", "decisions_are_kept"),
    Built("decisions_are_kept", "break_decision_deleted", "decisions_stay"),
    Built("severe_by_two", "break_severe_alone", "decisions_severe_by_two"),
    Built("nobody_decides_their_own", "break_own_decision", "nobody_decides_their_own"),
    Built("severe_by_two", "break_second_oneself", "decisions_check"),
    Built("reasons_are_told", "break_untold", "restrictions_are_told"),
    Built("reasons_are_told", "break_untold_sanction", "sanctions_are_told"),
    Built("reasons_are_kept", "break_statement_changed", "statements_are_kept"),
    Built("reasons_are_kept", "break_statement_deleted", "statements_stay"),
    Built("sanctions_are_kept", "break_sanction_changed", "sanctions_are_kept"),
    Built("sanctions_are_kept", "break_sanction_deleted", "sanctions_stay"),
    Built("frozen_is_frozen", "break_barred_ask", "the_barred_ask_nothing"),
    Built("appeal_by_another", "break_appeal_own_act", "appeals_are_decided_by_another"),
    Built("appeal_by_another", "break_appeal_second", "appeals_are_decided_by_another"),
    Built("appeal_by_another", "break_appeal_by_member", "appeals_are_decided_by_another"),
    Built("appeal_by_another", "break_appeal_by_nobody", "appeals_are_decided_by_people"),
    Built("appeal_by_another", "break_appeal_twice", "appeals_are_decided_once"),
    Built("appeals_are_kept", "break_appeal_deleted", "appeals_stay"),
    Built("policy_by_two", "break_own_policy", "policies_check"),
    Built("policy_is_kept", "break_policy_changed", "policies_are_kept"),
    Built("policy_is_kept", "break_policy_terms", "policies_are_kept"),
    Built("policy_is_kept", "break_policy_deleted", "policies_are_kept"),
    Built("policy_is_kept", "break_policy_terms_changed", "policy_lexicons_stay"),
    Built("policy_is_kept", "break_policy_terms_added", "policy_lexicons_come_first"),
    Built("policy_is_kept", "break_policy_trial_changed", "policy_trials_stay"),
    Built("policy_is_tried", "break_policy_untried", "policies_are_tried_first"),
    Built("age_not_verified", "break_own_age", "assurances_by_another"),
    Built("age_not_verified", "break_age_without_method", "assurances_method_check"),
    Built("age_not_verified", "break_age_changed", "assurances_are_kept", opened=True),
    Built("age_not_verified", "break_age_again", "assurances_are_kept", opened=True),
    Built("age_not_verified", "break_age_deleted", "assurances_stay", opened=True),
)

# Emptying a table would lock it against everybody, so these are looked for and not tried at a start.
GUARDS: Final = {
    "audit_is_not_emptied": "audit_is_kept",
    "audit_head_is_not_emptied": "audit_is_kept",
    "events_are_not_emptied": "ledger_is_kept",
    "vault_is_not_emptied": "evidence_is_sealed",
    "handovers_are_not_emptied": "evidence_arrives",
    "policies_are_not_emptied": "policy_is_kept",
    "policy_lexicons_are_not_emptied": "policy_is_kept",
    "policy_trials_are_not_emptied": "policy_is_kept",
    "decisions_are_not_emptied": "decisions_are_kept",
    "statements_are_not_emptied": "reasons_are_kept",
    "sanctions_are_not_emptied": "sanctions_are_kept",
    "appeals_are_not_emptied": "appeals_are_kept",
    "origins_are_not_emptied": "origin_is_kept",
    "assurances_are_not_emptied": "age_not_verified",
    "house_mode_is_not_emptied": "mode_is_kept",
}
