"""What can be decided about a case, as the desk offers it: in order, with keys, reasons and terms. Pure."""

from typing import Final

from ruche.moderation.desk import acts, cases, sanctions
from ruche.web import desk_pages, words

KEYS: Final = "1234567890"


def of(
    kind: cases.Kind, *, mature: bool = False, held: bool = True, gone: bool = False
) -> list[desk_pages.Choice]:
    """The decisions that fit a case of this kind as its image stands; the number keys choose them."""
    offered = {
        name: act
        for name, act in acts.choices(kind).items()
        if not _pointless(name, act, mature=mature, held=held, gone=gone)
    }
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
            strike=sanctions.MOST_POINTS if acts.strike_goes_with(name) else 0,
            points=sanctions.MOST_POINTS if name == "strike" else 0,
        )
        for key, (name, act) in zip(KEYS, offered.items(), strict=False)
    ]


def _pointless(name: str, act: acts.Act, *, mature: bool, held: bool, gone: bool) -> bool:
    """Whether this would make no difference to the image as it stands, or not be true of it."""
    if act.on == "image" and gone:
        return True
    if name == "keep":
        return act.codes == ("gone",) and not gone
    return (name == "lower" and not mature) or (name == "release" and not held)


def _days(name: str) -> int:
    return {"limit": sanctions.LIMIT_DAYS, "suspend": sanctions.SUSPENSION_DAYS}.get(name, 0)
