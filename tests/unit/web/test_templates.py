"""Every template is told what it uses, and none breaks the pages' own policy."""

import re
from pathlib import Path

import pytest
from jinja2 import meta

from ruche.web import rendering

TEMPLATES = sorted((rendering.HERE / "templates").glob("*.html"))
CSS = "".join((rendering.STATIC / f"{name}.css").read_text(encoding="utf-8") for name in ("ruche", "desk"))


@pytest.fixture(params=TEMPLATES, ids=lambda path: path.name)
def text(request):
    return request.param.read_text(encoding="utf-8")


def test_a_template_sees_only_its_page(text):
    known = {"page", "asset", "entries", "icon", "mark", "self", "super"}
    # icon and mark come from base.html, which every whole page extends.
    known |= set(re.findall(r"{% macro (\w+)", text))
    for names in re.findall(r"{% from \S+ import (.+?)(?: with context)? %}", text):
        known |= set(re.findall(r"(\w+)(?:,|$)", names))
    assert meta.find_undeclared_variables(rendering._environment.parse(text)) - known == set()


def test_no_style_or_script_stands_in_a_page(text):
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", text)


def test_every_form_that_changes_something_carries_its_proof(text):
    for form in re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL):
        assert 'name="csrf"' in form or "{{ proof(" in form or 'action="/in/' in form


def test_every_field_has_a_label(text):
    for field in re.findall(r'<(?:input|select|textarea)\b[^>]*\bid="([^"{]+)"[^>]*>', text):
        if field != "ask-key":
            assert f'for="{field}"' in text


def test_every_class_of_a_template_is_styled(text):
    used = {name for names in re.findall(r'class="([^"{]*)"', text) for name in names.split()}
    missing = {name for name in used if not re.search(rf"\.{re.escape(name)}\b", CSS)}
    assert missing == set()


def test_colours_have_their_names_in_one_place():
    body = CSS.partition("--serif")[2]
    # White and near-black lie over pictures, whatever the theme.
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", body)) <= {"#fff", "#141210"}


def test_every_static_file_that_is_named_is_there():
    for path in re.findall(r"asset\('([^']+)'\)", "".join(p.read_text(encoding="utf-8") for p in TEMPLATES)):
        assert (rendering.STATIC / path).is_file()
    for path in re.findall(r'url\("([^"]+)"\)', CSS):
        assert (rendering.STATIC / path).is_file()


def test_fonts_and_scripts_of_others_stand_beside_their_licences():
    for font in (rendering.STATIC / "fonts").glob("*.woff2"):
        licence = Path(rendering.STATIC / "fonts" / f"{font.name.split('-')[0]}.LICENSE.txt")
        assert "SIL OPEN FONT LICENSE" in licence.read_text(encoding="utf-8").upper()
    assert (rendering.STATIC / "htmx.LICENSE.txt").is_file()
