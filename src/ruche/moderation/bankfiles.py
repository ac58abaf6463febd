"""Bank files: fingerprints as others send them, and as we send them.

Three shapes come in, told apart by their first character and line: CSV with the columns that
ThreatExchange's own tool prints (`signal_type`, `signal_str`, `collab`, `category`, `tags`), plain lines
of a digest with its type before it or not, and the JSON of its `threat_updates`, as one document or one
object a line. They come from outside, so a line may be anything: a file is read in pieces, every fault is
counted by kind, and nothing here ever holds more than a line, but for a JSON document, which has a limit
of its own. Pure but for reading; importing is `actions/banks.py`'s.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Final, Literal

from ruche import errors
from ruche.moderation import fingerprints

FILE: Final = 512 * 1024 * 1024
LINE: Final = 64 * 1024
DOCUMENT: Final = 64 * 1024 * 1024
ROWS: Final = 5_000_000
TOLD: Final = 5
# A fingerprint with nearly no bits, or nearly all, is that of an empty picture, and finds everything.
PLAIN: Final = 32

Format = Literal["csv", "json", "lines"]
TYPES: Final[dict[str, fingerprints.Kind]] = {
    "pdq": "pdq",
    "hash_pdq": "pdq",
    "sha256": "sha256",
    "photo_sha256": "sha256",
    "hash_sha256": "sha256",
}
# How ThreatExchange calls them: its CSV and lines in small letters, its JSON in capitals.
OUTSIDE: Final[dict[fingerprints.Kind, str]] = {"pdq": "HASH_PDQ", "sha256": "HASH_SHA256"}
COLUMNS: Final = ("signal_type", "signal_str", "collab", "category", "tags")
_TYPE_COLUMNS: Final = ("signal_type", "type", "kind")
_VALUE_COLUMNS: Final = ("signal_str", "indicator", "hash", "value", "pdq", "sha256")
_HEX: Final = re.compile(r"[0-9a-fA-F]{64}")
_HEADING: Final = re.compile(r"[a-z][a-z _-]{0,39}")
_TAG: Final = "category:"
# What the senders of a CSV call harmless, or have not looked at yet.
_UNSURE: Final = frozenset(("NEGATIVE_CLASS", "INVESTIGATION_SEED"))
_WORDS: Final[dict[str, str]] = {
    "too_long": "lines that are too long",
    "not_utf8": "lines that are not UTF-8",
    "not_csv": "lines that are not CSV",
    "not_json": "pieces that are not JSON",
    "no_column": "headings without a column of fingerprints, such as hash, pdq or sha256",
    "no_value": "rows without a fingerprint",
    "bad_value": "values that are not 64 hexadecimal digits",
    "too_plain": "fingerprints of an empty picture, which would match everything",
}
# What is no fault of the file: said, and passed over.
_PASSED: Final[dict[str, str]] = {
    "bad_type": "rows of a type that is not kept here",
    "not_harmful": "rows that their senders do not call harmful",
}


@dataclass(slots=True)
class Tally:
    """What a file holds: sound rows, and its faults by kind, with the first places of each."""

    sound: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[int]] = field(default_factory=dict)
    gone: list[tuple[fingerprints.Kind, bytes]] = field(default_factory=list)
    """What the file's sender has taken back since."""

    def fault(self, code: str, place: int) -> None:
        """Count one."""
        if code in _PASSED:
            self.passed[code] += 1
            return
        self.faults[code] += 1
        told = self.places.setdefault(code, [])
        if len(told) < TOLD:
            told.append(place)

    @property
    def sentence(self) -> str:
        """Every kind of fault, how many there are, and where the first ones stand."""
        parts = [
            f"{count:,} {_WORDS[code]} (line {', '.join(map(str, self.places[code]))})"
            for code, count in self.faults.most_common()
        ]
        return "; ".join(parts)

    @property
    def passed_over(self) -> str:
        """What was left out without being a fault."""
        return "; ".join(f"{count:,} {_PASSED[code]}" for code, count in self.passed.most_common())


@dataclass(frozen=True, slots=True)
class _Fault(Exception):
    """A row that cannot be taken."""

    code: str


def rows(
    file: IO[bytes], tally: Tally, *, category: str, kind: fingerprints.Kind = "pdq"
) -> Iterator[fingerprints.Row]:
    """The sound rows of a file, one by one; what is not sound goes into the tally.

    `category` is theirs where the file is not one of ours; `kind` that of values without a type. Raises
    `errors.BadInput` for a file that is too large to be one.
    """
    head = file.read(1)
    first = head
    while head and head in b"\xef\xbb\xbf \t\r\n":
        head = file.read(1)
        first += head
    file.seek(0)
    read = _json_rows if first.lstrip(b"\xef\xbb\xbf \t\r\n") in {b"{", b"["} else _text_rows
    for row in read(file, tally, category, kind):
        tally.sound += 1
        if tally.sound > ROWS:
            raise _too_large(f"more than {ROWS:,} rows")
        yield row


class Writing:
    """A bank as a file, in pieces."""

    def __init__(self, bank: str, shape: Format) -> None:
        self._bank = bank
        self._shape = shape
        self._begun = False

    def some(self, known: Iterable[fingerprints.Known]) -> str:
        """The next rows."""
        out = io.StringIO()
        table = csv.writer(out, lineterminator="\n")
        for row in known:
            if self._shape == "lines":
                out.write(f"{row.kind} {row.value.hex()}\n")
                continue
            if self._shape == "json":
                out.write((",\n" if self._begun else '{"data": [\n') + json.dumps(_update(row, self._bank)))
            else:
                if not self._begun:
                    table.writerow(COLUMNS)
                tags = f"{_TAG}{row.category} {row.note}".strip()
                table.writerow((row.kind, row.value.hex(), self._bank, "POSITIVE_CLASS", tags))
            self._begun = True
        return out.getvalue()

    def end(self) -> str:
        """What comes after the last row."""
        return "\n]}\n" if self._shape == "json" else ""


def _update(row: fingerprints.Known, bank: str) -> Mapping[str, Any]:
    """A row as one of ThreatExchange's `threat_updates`."""
    tags = [f"{_TAG}{row.category}", *([row.note] if row.note else [])]
    descriptor = {
        "id": str(row.id),
        "owner": {"id": "0", "name": bank},
        "status": "MALICIOUS",
        "added_on": "1970-01-01T00:00:00+0000",
        "tags": {"data": [{"text": tag} for tag in tags]},
    }
    return {
        "id": str(row.id),
        "type": OUTSIDE[row.kind],
        "indicator": row.value.hex(),
        "last_updated": 0,
        "should_delete": False,
        "descriptors": {"data": [descriptor]},
    }


# Text: CSV and plain lines --------------------------------------------------------------------------------


def _text_rows(
    file: IO[bytes], tally: Tally, category: str, kind: fingerprints.Kind
) -> Iterator[fingerprints.Row]:
    header: list[str] | None = None
    begun = False
    for place, text in _lines(file, tally):
        try:
            # Nearly every line has no quotes, and needs no reader made for it.
            parts = next(csv.reader([text], strict=True)) if '"' in text else text.split(",")
            cells = [cell.strip() for cell in parts]
        except (csv.Error, StopIteration):
            tally.fault("not_csv", place)
            continue
        if not begun:
            begun = True
            names = [cell.lower() for cell in cells]
            if set(names) & set(_VALUE_COLUMNS) and not any(map(_HEX.fullmatch, cells)):
                header = names
                continue
            if len(names) > 1 and names[0] not in TYPES and all(map(_HEADING.fullmatch, names)):
                # Every line below would be a fault of the same kind.
                tally.fault("no_column", place)
                return
        try:
            if header:
                row = _of_cells(dict(zip(header, cells, strict=False)), category, kind)
            else:
                row = _of_line(cells, category, kind)
        except _Fault as fault:
            tally.fault(fault.code, place)
            continue
        yield row


def _of_cells(cells: Mapping[str, str], category: str, kind: fingerprints.Kind) -> fingerprints.Row:
    named = next((name for name in _VALUE_COLUMNS if cells.get(name)), None)
    if named is None:
        raise _Fault("no_value")
    stated = next((cells[name] for name in _TYPE_COLUMNS if cells.get(name)), named)
    if cells.get("category", "").upper() in _UNSURE:
        raise _Fault("not_harmful")
    given = stated if stated in TYPES or stated != named else kind
    return _row(given, cells[named], category, cells.get("tags", "").split())


def _of_line(cells: list[str], category: str, kind: fingerprints.Kind) -> fingerprints.Row:
    """`DIGEST`, `TYPE DIGEST` or `TYPE,DIGEST`."""
    words = cells[0].split() if len(cells) == 1 else cells[:2]
    if not words or not words[-1]:
        raise _Fault("no_value")
    return _row(words[0] if len(words) > 1 else kind, words[-1], category, ())


def _lines(file: IO[bytes], tally: Tally) -> Iterator[tuple[int, str]]:
    place = read = 0
    while raw := file.readline(LINE):
        place, read = place + 1, read + len(raw)
        if read > FILE:
            raise _too_large(f"larger than {FILE // 1024**2} MB")
        if not raw.endswith(b"\n") and len(raw) >= LINE:
            tally.fault("too_long", place)
            while (rest := file.readline(LINE)) and not rest.endswith(b"\n"):
                read += len(rest)
                if read > FILE:
                    raise _too_large(f"larger than {FILE // 1024**2} MB")
            continue
        try:
            text = raw.decode("utf-8-sig" if place == 1 else "utf-8").strip()
        except UnicodeDecodeError:
            tally.fault("not_utf8", place)
            continue
        if text:
            yield place, text


# JSON -----------------------------------------------------------------------------------------------------


def _json_rows(
    file: IO[bytes], tally: Tally, category: str, kind: fingerprints.Kind
) -> Iterator[fingerprints.Row]:
    for place, update in _updates(file, tally):
        try:
            row = _of_update(update, category, kind)
        except _Fault as fault:
            tally.fault(fault.code, place)
            continue
        if update.get("should_delete") is True:
            if len(tally.gone) >= ROWS:
                raise _too_large(f"more than {ROWS:,} rows")
            tally.gone.append((row.kind, row.value))
        else:
            yield row


def _updates(file: IO[bytes], tally: Tally) -> Iterator[tuple[int, Any]]:
    first = file.readline(LINE)
    file.seek(0)
    alone = _loaded(first)
    if isinstance(alone, dict) and "data" not in alone and first.endswith(b"\n"):
        # One object a line, of any number.
        for place, text in _lines(file, tally):
            update = _loaded(text.encode())
            if update is None:
                tally.fault("not_json", place)
            else:
                yield place, update
        return
    whole = file.read(DOCUMENT + 1)
    if len(whole) > DOCUMENT:
        raise _too_large(f"one JSON document larger than {DOCUMENT // 1024**2} MB; send an object a line")
    found = _loaded(whole)
    if isinstance(found, dict):
        found = found.get("data", [found])
    if not isinstance(found, list):
        tally.fault("not_json", 1)
        return
    yield from enumerate(found, 1)


def _loaded(raw: bytes) -> Any:
    """What these bytes spell, None where they spell nothing."""
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def _of_update(update: Any, category: str, kind: fingerprints.Kind) -> fingerprints.Row:
    if not isinstance(update, dict):
        raise _Fault("no_value")
    value = update.get("indicator", update.get("signal_str"))
    if not isinstance(value, str):
        raise _Fault("no_value")
    opinions = _descriptors(update)
    if opinions and not any(one.get("status") == "MALICIOUS" for one in opinions):
        raise _Fault("not_harmful")
    tags = [tag for one in opinions for tag in _tags(one)]
    stated = update.get("type", update.get("signal_type", kind))
    return _row(stated if isinstance(stated, str) else "", value, category, tags)


def _descriptors(update: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    held = update.get("descriptors")
    data = held.get("data") if isinstance(held, dict) else None
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def _tags(descriptor: Mapping[str, Any]) -> list[str]:
    tags = descriptor.get("tags", [])
    data = tags.get("data", []) if isinstance(tags, dict) else tags
    texts = (
        [tag.get("text") if isinstance(tag, dict) else tag for tag in data] if isinstance(data, list) else []
    )
    return [text for text in texts if isinstance(text, str)]


# One row --------------------------------------------------------------------------------------------------


def _row(stated: str, value: str, category: str, tags: Iterable[str]) -> fingerprints.Row:
    kind = TYPES.get(stated.lower())
    if kind is None:
        raise _Fault("bad_type")
    if not _HEX.fullmatch(value):
        raise _Fault("bad_value")
    digest = bytes.fromhex(value)
    bits = int.from_bytes(digest).bit_count()
    if kind == "pdq" and not PLAIN <= bits <= 256 - PLAIN:
        raise _Fault("too_plain")
    tags = list(tags)
    if not tags:
        return fingerprints.Row(kind, digest, category)
    own = next((tag.removeprefix(_TAG) for tag in tags if tag.startswith(_TAG)), "")
    note = " ".join(tag for tag in tags if not tag.startswith(_TAG))
    note = "".join(letter for letter in note if letter.isprintable())[: fingerprints.NOTE]
    # What this house removed is for nobody else to say.
    if not fingerprints.CATEGORY.fullmatch(own) or own in fingerprints.OWN:
        own = category
    return fingerprints.Row(kind, digest, own, note)


def _too_large(what: str) -> errors.BadInput:
    return errors.BadInput.at(
        "file", "bank_too_large", f"This file is {what}; split it and import the parts."
    )
