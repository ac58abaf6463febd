"""Every error has one status and one shape."""

import json

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request

from ruche import errors
from ruche.api import problems

REFUSED = errors.BadRecipe(
    [
        errors.Fault("steps", "out_of_range", "The steps must be between 1 and 150."),
        errors.Fault("seed", "not_a_whole_number", "The seed must be a whole number."),
    ]
)


def test_faults_name_every_field_and_the_first_gives_the_code():
    answered = problems._ruche_error(None, REFUSED)
    assert answered.status_code == 422
    assert answered.headers["content-type"] == "application/problem+json"
    assert json.loads(answered.body) == {
        "type": "urn:ruche:problem:out_of_range",
        "title": "Unprocessable Content",
        "status": 422,
        "code": "out_of_range",
        "detail": "The steps must be between 1 and 150. The seed must be a whole number.",
        "field": "steps",
        "faults": [
            {"field": "steps", "code": "out_of_range", "sentence": "The steps must be between 1 and 150."},
            {"field": "seed", "code": "not_a_whole_number", "sentence": "The seed must be a whole number."},
        ],
    }


def request(path="/jobs/of-somebody"):
    return Request({"type": "http", "method": "GET", "path": path, "headers": []})


def refusals(kind=errors.Refused):
    yield kind
    for under in kind.__subclasses__():
        yield from refusals(under)


@pytest.mark.parametrize("kind", [*refusals()], ids=lambda kind: kind.__name__)
def test_every_refusal_is_the_callers_to_mend(kind):
    assert 400 <= problems.status_of(kind.__new__(kind)) < 500


def test_what_is_broken_here_says_nothing_of_the_inside():
    answered = problems._ruche_error(request(), errors.BadSettings(sentence="the password is hidden"))
    assert answered.status_code == 500
    assert b"password" not in answered.body


def test_the_log_has_the_reason_and_not_the_address(caplog):
    problems._ruche_error(request(), errors.FilesAway(reason="the disk is full"))
    problems._database_away(request(), OSError("10.0.0.7"))
    assert "the disk is full" in caplog.text
    assert "10.0.0.7" in caplog.text
    assert "of-somebody" not in caplog.text


def test_a_missing_token_says_how_to_send_one():
    answered = problems._ruche_error(None, errors.BadToken())
    assert answered.status_code == 401
    assert answered.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("error", [errors.DatabaseAway(reason="10.0.0.7 is silent"), OSError("10.0.0.7")])
def test_a_database_that_is_away_asks_for_another_try(error):
    answered = problems._database_away(request(), error)
    assert answered.status_code == 503
    assert int(answered.headers["retry-after"]) > 0
    assert b"10.0.0.7" not in answered.body


def test_a_field_name_that_is_no_text_still_gets_an_answer():
    fault = errors.Fault("\ud800", "unknown_field", "There is no “\ud800” here.")
    answered = problems._ruche_error(None, errors.BadRecipe([fault]))
    assert json.loads(answered.body)["field"] == "?"


def test_a_wrong_parameter_is_named():
    found = {"loc": ("query", "limit"), "type": "less_than_equal", "msg": "Input should be at most 100"}
    answered = problems._bad_parameters(None, RequestValidationError([found]))
    problem = json.loads(answered.body)
    assert (answered.status_code, problem["code"], problem["field"]) == (422, "out_of_range", "limit")
    assert problem["detail"] == "The parameter “limit” is not right: input should be at most 100."
