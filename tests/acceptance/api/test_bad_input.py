"""What is wrong is refused at the door, in one shape, and leaves nothing behind."""

GOOD = {"prompt": "a yellow star", "steps": 4}
JSON = {"Content-Type": "application/json"}

WRONG_FIELDS = [
    ({"prompt": ""}, "prompt", "prompt_empty"),
    ({"prompt": " \n "}, "prompt", "prompt_empty"),
    ({"prompt": None}, "prompt", "prompt_missing"),
    ({"prompt": 7}, "prompt", "not_text"),
    ({"prompt": "x" * 2001}, "prompt", "prompt_too_long"),
    ({"prompt": "star " * 300}, "prompt", "prompt_too_long"),
    ({"prompt": "a\x00b"}, "prompt", "control_characters"),
    ({"negative_prompt": "a\x1bb"}, "negative_prompt", "control_characters"),
    ({"width": 65}, "width", "off_the_grid"),
    ({"width": 4096}, "width", "out_of_range"),
    ({"height": -64}, "height", "out_of_range"),
    ({"width": 2048, "height": 2048}, "width", "too_many_pixels"),
    ({"steps": 10**3000}, "steps", "out_of_range"),
    ({"steps": "20"}, "steps", "not_a_whole_number"),
    ({"steps": True}, "steps", "not_a_whole_number"),
    ({"guidance": -1}, "guidance", "out_of_range"),
    ({"guidance": 10**400}, "guidance", "out_of_range"),
    ({"guidance": "7"}, "guidance", "not_a_number"),
    ({"sampler": "Quantum"}, "sampler", "unknown_sampler"),
    ({"sampler": ["Euler"]}, "sampler", "unknown_sampler"),
    ({"model": "../../etc/passwd"}, "model", "unknown_model"),
    ({"model": {"name": "petite"}}, "model", "unknown_model"),
    ({"seed": 2**32}, "seed", "out_of_range"),
    ({"count": 0}, "count", "out_of_range"),
    ({"tiling": True}, "tiling", "unknown_field"),
    ({"member": 1}, "member", "unknown_field"),
]
NO_JSON = [
    b"",
    b"{",
    b'{"prompt": "a ring", "guidance": NaN}',
    b'{"prompt": "a ring", "guidance": -Infinity}',
    b'{"prompt": "a ring", "guidance": 1e999}',
    b'{"prompt": "\xff\xfe"}',
    b'{"prompt": "a\x00ring"}',
    b'{"prompt": "a ring", "seed": ' + b"9" * 5000 + b"}",
    b'{"prompt": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
]
NO_TEXT = [
    (rb'{"prompt": "a \ud800 ring"}', "control_characters"),
    (rb'{"prompt": "a \u0000 ring"}', "control_characters"),
    (rb'{"prompt": "a ring", "model": "\ud800"}', "unknown_model"),
    (rb'{"prompt": "a ring", "model": "\u0000"}', "unknown_model"),
    (rb'{"prompt": "a ring", "sampler": "\udfff"}', "unknown_sampler"),
    (rb'{"prompt": "a ring", "\ud800": 1}', "unknown_field"),
    (rb'{"prompt": "a ring", "\u0000": 1}', "unknown_field"),
    (b"[]", "not_an_object"),
    (b"null", "not_an_object"),
    (b'"a ring"', "not_an_object"),
]
OTHER_TYPES = [
    {},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"Content-Type": "application/json; charset=latin-1"},
    {"Content-Type": b"\xff"},
]
WRONG_IDS = [
    "/jobs/7",
    "/jobs/%00",
    "/jobs/..%2f..",
    "/jobs/%ff",
    "/images/nothing/file",
    "/jobs?before=%00",
    "/jobs?before=7",
]
WRONG_PARAMETERS = [
    ("/jobs?limit=0", "limit", "out_of_range"),
    ("/jobs?limit=101", "limit", "out_of_range"),
    ("/jobs?limit=" + "9" * 5000, "limit", "malformed"),
    ("/jobs?limit=ten", "limit", "malformed"),
    ("/jobs?limt=10", "limt", "unknown_field"),
    ("/jobs?a%00b=1", "a\x00b", "unknown_field"),
    ("/jobs?%ed%a0%80=1", "\ufffd\ufffd\ufffd", "unknown_field"),
    ("/me?limit=1", "limit", "unknown_field"),
    ("/images/01234567-89ab-7cde-8f01-23456789abcd/file?format=gif", "format", "not_one_of_these"),
    ("/images/01234567-89ab-7cde-8f01-23456789abcd/file?metadata=some", "metadata", "malformed"),
]
NOWHERE = [
    ("GET", "/nowhere", 404, "not_found"),
    ("GET", "/jobs/", 404, "not_found"),
    ("GET", "/%00", 404, "not_found"),
    ("GET", "/a%0Ab", 404, "not_found"),
    ("GET", "/images/a%0Ab", 422, "malformed"),
    ("PUT", "/jobs", 405, "method_not_allowed"),
    ("PATCH", "/me", 405, "method_not_allowed"),
    ("TRACE", "/me", 405, "method_not_allowed"),
]


def problem_of(answer):
    """What the answer says, once it has the one shape."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"urn:ruche:problem:{problem['code']}"
    assert problem["title"]
    assert problem["detail"]
    return problem


async def refused(client, *, headers=JSON, **ask):
    """The status and the problem of an ask that leaves nothing behind."""
    answer = await client.post("/jobs", headers=headers, **ask)
    problem = problem_of(answer)
    assert (await client.get("/jobs")).json()["jobs"] == []
    return answer.status_code, problem


async def test_a_wrong_field_is_named(client):
    for wrong, field, code in WRONG_FIELDS:
        status, problem = await refused(client, json=GOOD | wrong)
        assert (status, problem["field"], problem["code"]) == (422, field, code), wrong
        assert (problem["faults"][0]["field"], problem["faults"][0]["code"]) == (field, code)


async def test_every_wrong_field_is_named_at_once(client):
    _, problem = await refused(client, json={"prompt": "", "steps": 0, "count": 99})
    assert [fault["field"] for fault in problem["faults"]] == ["prompt", "steps", "count"]


async def test_what_is_no_json_is_refused(client):
    for body in NO_JSON:
        status, problem = await refused(client, content=body)
        assert (status, problem["code"]) == (400, "not_json"), body[:60]


async def test_what_no_text_can_hold_is_refused(client):
    for body, code in NO_TEXT:
        status, problem = await refused(client, content=body)
        assert (status, problem["code"]) == (422, code), body


async def test_a_body_over_the_limit_is_not_read(client):
    for content in (b" " * 65_537, b"x" * 5_000_000):
        status, problem = await refused(client, content=content)
        assert (status, problem["code"]) == (413, "body_too_large")


async def test_a_body_over_the_limit_in_pieces_is_not_read_either(client):
    async def pieces():
        for _ in range(200):
            yield b" " * 1024

    status, problem = await refused(client, content=pieces())
    assert (status, problem["code"]) == (413, "body_too_large")


async def test_only_json_is_read(client):
    for headers in OTHER_TYPES:
        status, problem = await refused(client, content=b'{"prompt": "a ring"}', headers=headers)
        assert (status, problem["code"]) == (415, "not_json_type"), headers


async def test_a_malformed_id_is_refused(client):
    for path in WRONG_IDS:
        answer = await client.get(path)
        assert problem_of(answer)["status"] in {404, 422}, path


async def test_a_wrong_parameter_is_named(client):
    for path, field, code in WRONG_PARAMETERS:
        problem = problem_of(await client.get(path))
        assert (problem["status"], problem["field"], problem["code"]) == (422, field, code), path[:60]


async def test_what_is_not_there_is_told_in_the_same_shape(client):
    for method, path, status, code in NOWHERE:
        answer = await client.request(method, path)
        problem = problem_of(answer)
        assert (problem["status"], problem["code"]) == (status, code), (method, path)
        assert ("allow" in answer.headers) == (status == 405)


async def test_a_refused_method_is_told_which_would_do(client):
    answer = await client.put("/images/01234567-89ab-7cde-8f01-23456789abcd")
    assert answer.headers["allow"] == "DELETE, GET"


async def test_a_database_that_is_away_asks_for_another_try(client, hive):
    await hive.database.close()
    answer = await client.get("/me")
    problem = problem_of(answer)
    assert (problem["status"], problem["code"]) == (503, "database_away")
    assert int(answer.headers["retry-after"]) > 0
