"""What the pages refuse, letter by letter over HTTP, and what every answer carries."""

import re
import uuid

import pytest

PROMPT = "a red circle above a blue square"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def client(house, mia):
    with house.client(mia) as signed_in:
        yield signed_in


@pytest.fixture
def visitor(house):
    with house.client() as somebody:
        yield somebody


def jobs(client):
    return len(set(re.findall(r'data-job="([^"]+)"', client.get("/").text)))


def test_every_page_carries_its_policy(client):
    for address in ("/", "/account", "/help/models", "/nowhere", "/static/ruche.css"):
        answer = client.get(address)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in policy
        assert "permissions-policy" in answer.headers


def test_every_page_tells_its_head_alone(house, mia, client):
    (image,) = client.make()
    for address in (
        "/",
        "/account",
        f"/images/{image}",
        f"/images/{image}/thumb",
        "/static/ruche.css",
        "/nowhere",
    ):
        head, whole = client.head(address), client.get(address)
        assert (head.status_code, head.content) == (whole.status_code, b"")
        assert head.headers["content-length"] == str(len(whole.content))
        assert head.headers["content-type"] == whole.headers["content-type"]
        assert "content-security-policy" in head.headers
    link = house.link(mia)
    assert client.head(link).status_code == client.get(link).status_code == 200
    assert client.head("/sign-out").status_code == client.head("/jobs/events").status_code == 405


def test_the_cookie_is_out_of_reach(house, mia, visitor):
    cookie = visitor.post(house.link(mia), data={"x": ""}).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie


class TestBehindHttps:
    @pytest.fixture
    def settings(self, settings):
        from dataclasses import replace

        return replace(settings, public_url="https://ruche.example")

    def test_the_cookie_is_bound_to_the_host(self, house, mia, visitor):
        path = "/in/" + house.link(mia).rpartition("/")[2]
        cookie = visitor.post(path, data={"x": ""}, headers={"Origin": "https://ruche.example"}).headers[
            "set-cookie"
        ]
        assert cookie.startswith("__Host-ruche_session=")
        assert "Secure" in cookie


def test_a_visitor_is_told_how_one_comes_in(visitor):
    for address in ("/", "/account", "/house", f"/images/{uuid.uuid4()}", "/jobs/events"):
        answer = visitor.get(address)
        assert answer.status_code == 401
        assert "personal link" in answer.text


def test_looking_at_a_link_does_not_use_it_up(house, mia, visitor):
    link = house.link(mia)
    assert "Welcome, Mia" in visitor.get(link).text
    assert visitor.get(link).status_code == 200
    assert visitor.post(link, data={"x": ""}).status_code == 303
    spent = visitor.get(link)
    assert spent.status_code == 410
    assert "already used" in spent.text


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
    {"Origin": "http://[::1"},
    {"Origin": ""},
])  # fmt: skip
def test_a_form_from_another_site_is_refused(client, headers):
    fields = {"csrf": client.field("csrf", "/account"), "key": client.field("key"), "prompt": PROMPT}
    assert client.post("/jobs", data=fields, headers=headers).status_code == 403
    assert jobs(client) == 0


def test_a_form_without_its_proof_is_refused(client):
    for proof in ({}, {"csrf": ""}, {"csrf": "guess"}, {"csrf": "é"}):
        for address in ("/jobs", "/account/tokens", "/sign-out", "/house/invitations"):
            assert client.post(address, data={"prompt": PROMPT, "key": "k", **proof}).status_code == 403
    assert client.get("/").status_code == 200
    assert jobs(client) == 0


@pytest.mark.parametrize("key", ["", "k\x00", "\x00", "é", "a b", "k" * 101, "../k", "k\n"])
def test_a_form_with_a_key_that_is_not_ours_has_gone_stale(client, key):
    (image,) = client.make()
    before = jobs(client)
    for answer in (
        client.post_form("/jobs", prompt=PROMPT, key=key),
        client.post_form(f"/images/{image}/vary", key=key),
    ):
        assert answer.status_code == 403
        assert "out of date" in answer.text
    assert jobs(client) == before


def test_a_body_that_is_too_large_is_refused(client):
    assert client.post("/jobs", data={"prompt": "x" * 70_000}).status_code == 413

    def drops():
        yield from (b"prompt=" + b"x" * 9_000 for _ in range(10))

    assert client.post("/jobs", content=drops(), headers=FORM).status_code == 413


@pytest.mark.parametrize("body", [b"prompt=%ff%fe", b"prompt=\xff", b"&".join([b"a=1"] * 200)])
def test_a_body_that_is_no_form_is_refused(client, body):
    answer = client.post("/jobs", content=body, headers=FORM)
    assert answer.status_code == 400
    assert "could not be read" in answer.text


def test_a_body_of_another_kind_is_refused(client):
    assert client.post("/jobs", json={"prompt": PROMPT}).status_code == 400
    assert client.post("/jobs", files={"prompt": b"x"}).status_code == 400


@pytest.mark.parametrize(("field", "value", "sentence"), [
    ("prompt", "", "the prompt is empty"),
    ("prompt", " \n ", "the prompt is empty"),
    ("prompt", "x" * 2001, "at most 2000 are read"),
    ("prompt", "a\x00b", "control characters"),
    ("prompt", "red " * 200, "at most 30; leave some out"),
    ("negative_prompt", "a\x1bb", "control characters"),
    ("model", "../../etc", "There is no model called"),
    ("model", "nobody", "There is no model called"),
    ("shape", "1x1", "must be"),
    ("shape", "99999x99999", "must be"),
    ("shape", "round", "Choose a shape"),
    ("width", "129", "multiple"),
    ("height", "4096", "between 64 and 2048"),
    ("width", "2048", "larger than this house makes"),
    ("steps", "0", "between 1 and 150"),
    ("steps", "1e3", "whole number"),
    ("steps", "9" * 5000, "whole number"),
    ("guidance", "nan", "must be a number"),
    ("guidance", "inf", "must be a number"),
    ("guidance", "-1", "between 0 and 30"),
    ("sampler", "Magic", "Choose one of these samplers"),
    ("seed", "-1", "between 0 and"),
    ("seed", "4294967296", "between 0 and"),
    ("count", "9", "between 1 and 8"),
    ("count", "many", "whole number"),
])  # fmt: skip
def test_a_bad_wish_is_refused_with_its_field_and_leaves_nothing(client, field, value, sentence):
    extra = {"height": "2048"} if value == "2048" else {}
    fields = {"key": client.field("key"), "prompt": PROMPT, field: value, **extra}
    answer = client.post_form("/jobs", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert jobs(client) == 0


def test_markup_in_a_prompt_stays_words(client):
    (image,) = client.make('<script>alert(1)</script>" onload=x')
    for address in ("/", f"/images/{image}", f"/?from={image}"):
        assert "<script>alert" not in client.get(address).text
        assert 'square" onload' not in client.get(address).text


def test_what_is_anothers_is_not_there(house, client):
    (image,) = client.make()
    (job,) = set(re.findall(r'data-job="([^"]+)"', client.get("/").text))
    with house.client(house.member("Sten")) as sten:
        for address in (
            f"/images/{image}", f"/images/{image}.png", f"/images/{image}/file", f"/images/{image}/thumb",
            f"/?from={image}", f"/?before={image}", f"/jobs/{job}", f"/jobs/{job}/events", f"/?job={job}",
        ):  # fmt: skip
            assert sten.get(address).status_code == 404, address
        for address in (f"/images/{image}/delete", f"/images/{image}/vary", f"/jobs/{job}/cancel"):
            assert sten.post_form(address, key="k").status_code == 404, address
        assert sten.get("/house").status_code == 403
        assert sten.post_form("/house/invitations", role="operator").status_code == 403
    assert client.get(f"/images/{image}/file").status_code == 200


def test_a_member_is_locked_out_whatever_they_are_called(house, olga):
    # So were names kept once, and nobody could be found by one.
    odd = house.member(" \u0308x")
    with house.client(olga) as operator:
        (other,) = re.findall(
            r'action="/house/members/disable">.*?name="member" value="([^"]*)"', operator.get("/house").text
        )
        assert other == str(odd.id)
        assert f"signs {odd.name} in" in operator.post_form("/house/links", member=other).text
        assert operator.post_form("/house/members/disable", member=other).status_code == 303
        assert "locked out" in operator.get("/house").text
        assert operator.post_form("/house/members/enable", member=other).status_code == 303
        assert "locked out" not in operator.get("/house").text
        for nobody in ("", "x", "0", "9" * 19, "\x00"):
            assert operator.post_form("/house/members/disable", member=nobody).status_code == 404


@pytest.mark.parametrize("address", [
    "/images/not-an-id", "/images/../../etc/passwd", "/images/%2e%2e%2f%2e%2e", "/jobs/1", "/jobs/1/events",
    "/?from=nobody", "/?before=x", "/in/%00", "/static/../app.py", "/static/%2e%2e/app.py", "/images/%ff",
])  # fmt: skip
def test_an_address_that_names_nothing_is_a_plain_page(client, address):
    answer = client.get(address)
    assert answer.status_code in {404, 410}
    assert "Traceback" not in answer.text


def test_a_file_is_kept_by_its_owners_browser_alone(client):
    (image,) = client.make()
    for kind, sort in (("file", "image/png"), ("thumb", "image/webp")):
        answer = client.get(f"/images/{image}/{kind}")
        assert answer.headers["content-type"] == sort
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["x-content-type-options"] == "nosniff"
        again = client.get(f"/images/{image}/{kind}", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["cache-control"] == "private, no-cache"


def test_who_signs_out_takes_their_images_out_of_the_browser(client):
    (image,) = client.make()
    kept = client.get(f"/images/{image}/file").headers["etag"]
    answer = client.post_form("/sign-out")
    assert (answer.status_code, answer.headers["clear-site-data"]) == (303, '"cache"')
    assert client.get(f"/images/{image}/file", headers={"If-None-Match": kept}).status_code == 401


class TestWithALimit:
    @pytest.fixture
    def settings(self, settings):
        from dataclasses import replace

        return replace(settings, waiting_jobs=1)

    @pytest.fixture
    def pace(self):
        return 0.3

    def test_a_job_over_the_limit_is_refused_and_its_words_are_kept(self, client):
        client.ask()
        answer = client.post_form("/jobs", key=client.field("key"), prompt="one more")
        assert answer.status_code == 429
        assert "limit of this house" in answer.text
        assert "one more" in answer.text


class TestWithoutADatabase:
    def test_a_house_that_lost_it_says_so_kindly(self, house, client):
        house.do(house.hive.database.close())
        answer = client.get("/")
        assert answer.status_code == 503
        assert "Nothing is lost" in answer.text
        assert answer.headers["retry-after"] == "5"

    def test_the_log_names_the_page_and_not_the_link(self, house, mia, visitor, caplog):
        secret = house.link(mia).rpartition("/")[2]
        house.do(house.hive.database.close())
        assert visitor.get(f"/in/{secret}").status_code == 503
        assert "GET /in/{token}: " in caplog.text
        assert secret not in caplog.text
