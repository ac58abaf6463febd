"""What can be decided about a case, as the desk offers it: in order, with keys, reasons and terms. Pure."""

from typing import Final

from ruche.moderation.desk import acts, cases, sanctions
from ruche.web import desk_pages, words

KEYS: Final = "1234567890"


def of(kind: cases.Kind, *, mature: bool = False) -> list[desk_pages.Choice]:
    """The decisions that fit a case of this kind; the number keys choose them."""
    # An image that is general already cannot be rated lower.
    offered = {name: act for name, act in acts.choices(kind).items() if mature or name != "lower"}
    return [
        desk_pages.Choice(
            act=name,
            key=key,
            label=act.label,
            sentence=words.ACTS[name],
            on=act.on,
            codes=[(code, words.REASONS[code], acts.CODES[code]) for code in act.codes],
            told=act.restricts,
            severe=act.severe,
            hard=[code for code in act.codes if acts.severe(name, code, kind) and not act.severe],
            days=_days(name),
            strike=sanctions.MOST_POINTS if act.on == "image" and act.restricts and act.closes else 0,
            points=sanctions.MOST_POINTS if name == "strike" else 0,
        )
        for key, (name, act) in zip(KEYS, offered.items(), strict=False)
    ]


def _days(name: str) -> int:
    return {"limit": sanctions.LIMIT_DAYS, "suspend": sanctions.SUSPENSION_DAYS}.get(name, 0)
