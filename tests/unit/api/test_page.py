"""The page shows all of the document."""

from starlette.testclient import TestClient

from ruche.api import app, page


def test_the_page_shows_every_operation_and_every_field():
    api = app.build(None, None)
    document = api.openapi()
    text = TestClient(api).get("/docs").text
    for operation in page.operations(document):
        assert operation.title in text
        assert page.ticked(operation.description) in text
    for shape in page.shapes(document):
        assert f'id="shape-{shape.name}"' in text
        for field in shape.fields:
            assert f"<code>{field.name}</code>" in text
            assert page.ticked(field.description) in text


def test_a_kind_is_told_in_a_few_words():
    assert page.kind({"type": "integer", "minimum": 1, "maximum": 150}) == "integer from 1 to 150"
    assert page.kind({"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]}) == "uuid or null"
    assert page.kind({"type": "array", "items": {"$ref": "#/components/schemas/Image"}}) == "list of Image"
    assert page.kind({"type": "string", "enum": ["png", "webp"]}) == "png | webp"


def test_what_stands_in_ticks_is_code_and_nothing_else_is_markup():
    assert page.ticked("see `next` & <b>") == "see <code>next</code> &amp; &lt;b&gt;"
    assert page.ticked("`<i>`") == "<code>&lt;i&gt;</code>"
