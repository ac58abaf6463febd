"""Where the checks of the floor stand: whole files, so that a new check in one of them is known at once.

A file is listed with the functions that are left alone, each with its reason. What else in the package
asks for a decision of the floor must stand here too, or in `ELSEWHERE` with a reason: `test_mutation.py`
looks for that.
"""

WORDS = "words for people"
PAGE = "a page of the docs"
ROWS = "rows into facts"

# Files whose every check is a check of the floor.
TARGETS = {
    "moderation/floor/checks.py": {"refuse": WORDS},
    "moderation/floor/selftest.py": {"_possible": WORDS},
    "moderation/mature.py": {"_default": "of dataclasses"},
    "moderation/vetted.py": {},
    "moderation/bounds.py": {"words": PAGE, "_ends": WORDS, "way": WORDS},
    "moderation/policy.py": {
        "page": PAGE,
        "_shown": PAGE,
        "_number": "a default",
        "in_force": "a cache; which version it is, is the query's",
    },
    "moderation/adoption.py": {
        "words": WORDS,
        "_shown": WORDS,
        "changes": WORDS,
        "_version": ROWS,
        "propose": ROWS,
    },
    "moderation/house_mode.py": {"words": WORDS, "_mode": ROWS, "is_on": ROWS},
    "moderation/looks.py": {},
    "moderation/verdicts.py": {"plainly": WORDS},
    "moderation/rules/hard.py": {},
    "moderation/rules/minors.py": {},
    "moderation/rules/people.py": {},
    "moderation/rules/sexual.py": {},
    "moderation/rules/artists.py": {},
    "moderation/rules/lexicon.py": {},
    "moderation/rules/unreadable.py": {},
    "moderation/rules/vocabulary.py": {},
    "moderation/authority.py": {"send": "the wire", "name": WORDS},
    "membership/assurances.py": {"installed": "finding a plug-in"},
    "actions/ask_mature.py": {},
    "actions/assure.py": {"_tell": WORDS},
    "actions/house_mode.py": {"_tell": WORDS},
    "actions/policy.py": {"_act": WORDS},
    "actions/readiness.py": {},
    "actions/vet.py": {"_tell": WORDS},
}
# Single functions of files that are mostly about something else.
PARTS = {
    "api/jobs.py": ("rating_of",),
    "actions/refuse.py": ("unless_allowed",),
    "actions/ask.py": ("ask", "_write"),
    "actions/deliver.py": ("deliver",),
    "actions/judge.py": ("previewed", "note", "_harmless"),
    "actions/publish.py": ("publish", "_publishable", "_settle"),
    "moderation/desk/cases.py": ("impartial",),
    "moderation/desk/decisions.py": ("second",),
}
# Files that ask for a decision of the floor and keep nothing of it themselves, with the reason.
ELSEWHERE = {
    "moderation/floor/promises.py": "it is the trial of the promises",
    "moderation/floor/judging.py": "it is the trial of the promises",
    "moderation/versions/shadow.py": "it names the type of a rating",
    "cli/supervisor.py": "it starts the self-test",
    "cli/serve.py": "it starts the self-test",
    "cli/doctor.py": "it tells what the self-test says",
}

# Statements of the database that keep something, by file; of a statement every condition is a check.
STATEMENTS = {
    "moderation/queries.sql": (
        "policy_in_force", "policy_waiting", "adopt_policy", "switch_house_mode_off", "house_mode",
        "hold_house_mode", "vetted_model", "unvet_model",
    ),
    "membership/queries.sql": ("standing_assurance", "withdraw_assurances", "count_reviewers"),
    "community/queries.sql": (
        "add_image", "find_image", "seen_image", "images_of_job", "page_of_images", "newer_image",
        "remove_image",
    ),
}  # fmt: skip

# Mutants that nobody could tell from the real thing, with the reason.
SAME = {
    ("actions/ask_mature.py", "deleted: if not mode.mature"): "checks.admit refuses the same",
    (
        "moderation/bounds.py",
        (
            "left out: isinstance(line, str) of not found and isinstance(line, str)"
            " and (not re.fullmatch(self.form, line))"
        ),
    ): "what is no text has a fault already; this is for the type checker",
    (
        "membership/assurances.py",
        "always: int(row['id']) of return int(row['id']) if row else 0",
    ): "an insert gives its row",
    ("actions/ask.py", "deleted: permissions.require(member, 'ask')"): "every role may ask",
    ("actions/ask.py", "deleted: if entry.waiting == 1"): "it wakes the workers",
    ("actions/ask.py", "negated: if entry.waiting == 1"): "it wakes the workers",
    (
        "actions/ask.py",
        "left out: if verdict.decision is Decision.REVIEW",
    ): "refuse.doubt passes over what has no finding, and a refusal has left by then",
    ("actions/policy.py", "deleted: await adoption.lock(conn)"): "only a race would tell",
}

# Tests that notice most, by the beginning of the file's name: these run, in this order, and no others.
UNIT = ("tests/unit/moderation/test_floor_checks.py", "tests/unit/moderation/test_floor_judging.py")
OVERSIGHT = ("tests/integration/oversight",)
STATES = ("tests/integration/moderation/test_state_table.py",)
SEEN = ("tests/integration/moderation/test_unseen.py",)
NOTICE = {
    "moderation/floor/checks.py": UNIT[:1],
    "moderation/floor/selftest.py": (
        "tests/integration/moderation/test_floor.py",
    ),
    "moderation/mature.py": ("tests/unit/moderation/test_mature.py",),
    "moderation/vetted.py": ("tests/unit/moderation/test_vetted.py", *OVERSIGHT),
    "moderation/bounds.py": ("tests/unit/moderation/test_policy.py",),
    "moderation/policy.py": ("tests/unit/moderation/test_policy.py",),
    "moderation/adoption.py": OVERSIGHT,
    "moderation/house_mode.py": OVERSIGHT,
    "moderation/looks.py": ("tests/unit/moderation/test_looks.py", *UNIT[1:]),
    "moderation/verdicts.py": UNIT[1:],
    "moderation/rules": UNIT[1:],
    "moderation/authority.py": (*UNIT[1:], "tests/integration/actions/test_evidence.py"),
    "moderation/desk": ("tests/integration/desk/test_decisions.py", "tests/integration/desk/test_cases.py"),
    "membership/assurances.py": (*OVERSIGHT, *STATES),
    "api/jobs.py": ("tests/unit/api/test_shapes.py", "tests/integration/moderation/test_floor_attacked.py"),
    "actions/ask_mature.py": STATES,
    "actions/refuse.py": ("tests/integration/actions/test_refused.py",),
    "actions/ask.py": (
        "tests/integration/actions/test_refused.py", "tests/integration/actions/test_ask.py", *STATES,
    ),
    "actions/deliver.py": (
        "tests/integration/actions/test_consequences.py", "tests/integration/actions/test_deliver.py",
    ),
    "actions/judge.py": ("tests/integration/actions/test_judge.py",),
    "actions/publish.py": (
        "tests/integration/actions/test_publish.py",
        "tests/integration/desk/test_what_binds.py",
    ),
    "actions": (*OVERSIGHT, *STATES),
    "moderation/queries.sql": (*OVERSIGHT, "tests/integration/moderation/test_policy_in_force.py", *STATES),
    "membership/queries.sql": (*OVERSIGHT, *STATES),
    "community/queries.sql": (*SEEN, "tests/integration/community/test_images.py"),
}  # fmt: skip


def notice(file):
    """The tests for a mutant of this file."""
    found = [key for key in NOTICE if file.startswith(key)]
    return NOTICE[max(found, key=len)]
