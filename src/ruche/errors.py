"""Everything that can go wrong, in one tree.

    RucheError
    ├── Refused                 the caller asked for something that cannot be had as asked
    │   ├── BadInput            a field is wrong; says which, and what would be right
    │   │   ├── BadRecipe       one or more fields of a recipe
    │   │   ├── UnknownModel
    │   │   ├── ModelUnusable   a model of this house that an operator must mend first
    │   │   ├── PromptTooLong
    │   │   ├── BadImage        a file that is not the image it claims to be
    │   │   └── PolicyUnfit     a policy that is laxer than the floor, or cannot be read
    │   ├── NotSignedIn
    │   │   └── BadToken        an API call without a token that is good here
    │   ├── NotAllowed
    │   │   └── MemberDisabled
    │   │   ├── DutyMissing     the role is right, but few have this duty
    │   │   └── ScopeMissing    the token is good, but not for this
    │   │   ├── NotImpartial    a decision about oneself, one's report or one's own act
    │   │   └── Barred          a suspended or frozen member; says where the reasons stand
    │   ├── NotFound
    │   ├── LinkSpent           a sign-in link or invitation that was used or ran out
    │   ├── Conflict            the same key for a different request, or a state that does not allow it
    │   │   └── PublishingPaused    the desk cannot keep up, so nothing new goes before others
    │   ├── CannotOpen          sealed evidence, and not the key to it
    │   ├── TooMany             a limit of the house is reached
    │   ├── BadForm             a form that cannot be read at all
    │   ├── FormExpired         a form without the proof that one of our pages sent it
    │   ├── NotJson             a body that cannot be read at all
    │   ├── NotJsonType         a body that does not say that it is JSON
    │   └── BodyTooLarge
    ├── RenderFailed            one image could not be made; its neighbours are fine
    ├── ClaimLost               a worker no longer holds the job it wants to settle
    └── Broken                  the installation needs a person
        ├── BadSettings
        ├── BadModel            a model folder that cannot be loaded
        ├── BadClassifier       an image classifier that cannot be taken at its word
        ├── AuthorityAway       evidence could not be handed over this time
        ├── DatabaseAway
        ├── DatabaseUnfit       it answers, but is too old, or not ours
        ├── EmbeddedAway        the embedded PostgreSQL cannot run here
        ├── BadCredentials      the certificate that images are signed with cannot be used
        ├── FolderInUse         another process holds the data folder
        ├── FloorBroken         a promise of the floor does not hold here
        ├── FilesAway           the place that keeps the images does not take or give them
        │   └── FileAltered     what it gives is not what was put there
        ├── BadLexicon          a file of terms that the policy names and nobody can read
        └── EngineBroken        the engine itself stopped, not one render

The docstring of a class is the sentence that a person reads, with the facts of the case filled in;
the class name in snake case is the stable code that a program reads. Doors turn these into status
codes and pages, each in one place; nothing below the doors knows about either.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One field that is wrong: its name, a stable code, and the sentence that tells the mend."""

    field: str
    code: str
    sentence: str


class RucheError(Exception):
    """Something went wrong."""

    field: str | None = None

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        field = facts.get("field")
        if field is not None:
            self.field = str(field)
        super().__init__(self.sentence)

    @property
    def code(self) -> str:
        """The stable code: the class name in snake case."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, as one sentence."""
        return (type(self).__doc__ or "").format_map(self.facts)


class Refused(RucheError):
    """This cannot be done as asked."""


class BadInput(Refused):
    """{sentence}"""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__(
            sentence=" ".join(fault.sentence for fault in faults),
            field=faults[0].field,
        )

    @property
    def code(self) -> str:
        """The code of the first fault, which is the one a form jumps to."""
        return self.faults[0].code

    @classmethod
    def at(cls, field: str, code: str, sentence: str) -> "BadInput":
        """One fault, spelled out."""
        return cls([Fault(field, code, sentence)])


class BadRecipe(BadInput):
    """{sentence}"""


class UnknownModel(BadInput):
    """{sentence}"""

    def __init__(self, name: str) -> None:
        sentence = (
            f"There is no model called “{name[:80]}” in this house; choose one from the list of models."
        )
        super().__init__([Fault("model", "unknown_model", sentence)])


class ModelUnusable(BadInput):
    """{sentence}"""

    def __init__(self, name: str) -> None:
        sentence = (
            f"The model “{name[:80]}” cannot be used until an operator of this house has mended it; "
            "choose another one from the list of models."
        )
        super().__init__([Fault("model", "model_unusable", sentence)])


class PromptTooLong(BadInput):
    """{sentence}"""

    def __init__(self, field: str, pieces: int, limit: int) -> None:
        name = field.replace("_", " ")
        sentence = (
            f"The {name} is too long: it comes to {pieces} words and pieces of words, and this model reads "
            f"at most {limit}; leave some out."
        )
        super().__init__([Fault(field, "prompt_too_long", sentence)])


class PromptRefused(BadInput):
    """{sentence}"""

    @staticmethod
    def fault(field: str, code: str, category: str) -> Fault:
        """One text that was refused; `category` in plain words, never what was found."""
        name = field.replace("_", " ")
        sentence = (
            f"The {name} was refused, since it reads as {category}. Change it; or, if this is a mistake, "
            "open it on your account page under Refusals and ask for a second look."
        )
        return Fault(field, code, sentence)


class BadImage(BadInput):
    """{sentence}"""

    def __init__(self, sentence: str) -> None:
        super().__init__([Fault("image", "bad_image", sentence)])


class PolicyUnfit(BadInput):
    """{sentence}"""


class NotSignedIn(Refused):
    """Please sign in first."""


class BadToken(NotSignedIn):
    """Send “Authorization: Bearer ruche_…” with a token of yours; this one is missing, unknown or revoked."""


class NotAllowed(Refused):
    """Your role in this house does not allow that."""


class DutyMissing(NotAllowed):
    """That needs the duty “{duty}”; an operator gives it with ruche members duty."""


class ScopeMissing(NotAllowed):
    """This token lacks the scope “{scope}”; make one that has it on your account page."""


class NotImpartial(NotAllowed):
    """You cannot decide this case, since {reason}; leave it to another moderator."""


class Barred(NotAllowed):
    """Your membership is {state}; the reasons, and how to appeal, are at {address}."""


class MemberDisabled(NotAllowed):
    """This membership is switched off; ask an operator of this house."""


class NotFound(Refused):
    """There is no such {thing} here, or it is not yours to see."""


class LinkSpent(Refused):
    """This link was already used or has run out; ask for a new one."""


class Conflict(Refused):
    """{sentence}"""


class CannotOpen(Refused):
    """This cannot be opened: {reason}."""


class PublishingPaused(Conflict):
    """{sentence}"""


class TooMany(Refused):
    """{sentence}"""


class BadForm(Refused):
    """This form could not be read: {reason}; go back, reload the page and try again."""


class FormExpired(Refused):
    """This form is out of date or came from another site; go back, reload the page and try again."""


class NotJson(Refused):
    """The body cannot be read as JSON: {reason}."""


class NotJsonType(Refused):
    """Send the body as JSON, with the header “Content-Type: application/json”."""


class BodyTooLarge(Refused):
    """The body is larger than the {limit} bytes that are read here; send less."""


class RenderFailed(RucheError):
    """The image could not be made: {reason}."""


class ClaimLost(RucheError):
    """This worker no longer holds job {job}; another has it, or it was cancelled."""


class Broken(RucheError):
    """This installation needs attention: {sentence}"""


class BadSettings(Broken):
    """The settings are wrong: {sentence}"""


class BadModel(Broken):
    """The model folder {path} cannot be used: {reason}."""


class BadClassifier(Broken):
    """The image classifier cannot be used: {reason}."""


class AuthorityAway(Broken):
    """The evidence could not be handed over: {reason}; it stays in the vault, and the house tries again."""


class DatabaseAway(Broken):
    """The database does not answer: {reason}; check that PostgreSQL runs and that its address is right."""


class DatabaseUnfit(Broken):
    """The database cannot be used: {reason}."""


class EmbeddedAway(Broken):
    """The embedded PostgreSQL cannot run: {reason}."""


class FolderInUse(Broken):
    """The data folder {folder} is in use by process {pid}; stop that one, or choose another with --data."""


class FloorBroken(Broken):
    """The house stays closed, since its floor does not hold: {sentence}"""


class FilesAway(Broken):
    """The image files cannot be reached: {reason}; check the disk or the S3 settings."""


class FileAltered(FilesAway):
    """A file is not what it was: {reason}; put it back from a backup."""


class BadCredentials(Broken):
    """The content credentials of this house cannot be used: {reason}."""


class BadLexicon(Broken):
    """The list of terms {path} cannot be used: {reason}."""


class EngineBroken(Broken):
    """The engine stopped working: {reason}; start this worker again."""
