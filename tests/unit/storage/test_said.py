"""What is kept of a server's words."""

import pytest

from ruche.storage import said


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "it ended without a word"),
        (["", "  "], "it ended without a word"),
        (["LOG:  starting.", "FATAL:  no room left.", "LOG:  shut down."], "FATAL:  no room left"),
        (["creating ... ok", "initdb: error: no rights"], "initdb: error: no rights"),
        (["only this."], "only this"),
    ],
)
def test_the_line_that_tells_most_is_the_last_word(lines, words):
    assert said.last_words(lines) == words


def test_a_log_that_cannot_be_written_stops_nobody(tmp_path):
    with said.Log(tmp_path / "missing" / "postgres.log") as log:
        log.write(b"LOG:  still here\n")
    assert list(log.tail) == ["LOG:  still here"]


def test_a_log_is_kept_to_itself_and_may_be_opened_again(tmp_path):
    log = said.Log(tmp_path / "postgres.log")
    for line in (b"one\n", b"two\n"):
        with log:
            log.write(line)
    assert (tmp_path / "postgres.log").read_bytes() == b"one\ntwo\n"
    assert (tmp_path / "postgres.log").stat().st_mode & 0o777 == 0o600
