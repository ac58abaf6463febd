"""The habits of the house that a machine can check: sizes, names, places, and docs that keep up."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from ruche import config, errors
from ruche.moderation import policy

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "ruche"
SOURCES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "petite").glob("*.py")])
DRAWERS = {
    "base", "common", "core", "data", "handler", "handlers", "helpers", "info", "manager", "misc",
    "processor", "service", "services", "util", "utils",
}  # fmt: skip

# Files over 400 lines or functions over 60: the path (and name), and the reason.
EXCEPTIONS: dict[str, str] = {}


def trees() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_over_400_lines():
    watched = [p for kind in ("py", "sql", "html", "css", "js") for p in PACKAGE.rglob(f"*.{kind}")]
    watched = [p for p in watched if ".min." not in p.name]
    watched += [*(ROOT / "petite").glob("*.py"), *(ROOT / "tests").rglob("*.py")]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in watched}
    assert {name: n for name, n in lengths.items() if n > 400 and name not in EXCEPTIONS} == {}


def test_no_function_is_over_60_lines():
    long = {
        f"{name_of(path)}:{node.name}": lines
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > 60
    }
    assert {name: n for name, n in long.items() if name not in EXCEPTIONS} == {}


def test_every_exception_is_still_needed():
    for name in EXCEPTIONS:
        assert (ROOT / name.partition(":")[0]).exists()


def test_every_module_tells_what_it_is_for():
    silent = [
        name_of(path)
        for path, tree in trees()
        if path.name != "__init__.py" and not (ast.get_docstring(tree) or "").strip()
    ]
    assert silent == []


def test_package_files_are_empty():
    assert [p for p in PACKAGE.rglob("__init__.py") if p.read_text(encoding="utf-8").strip()] == []


def test_nothing_is_called_after_a_drawer():
    assert [
        name_of(p) for p in PACKAGE.rglob("*") if p.suffix in {"", ".py"} and p.stem.lower() in DRAWERS
    ] == []


def test_folders_are_at_most_two_deep():
    deep = [p for p in PACKAGE.rglob("*.py") if len(p.relative_to(PACKAGE).parts) > 3]
    assert deep == []


def test_no_sql_stands_in_python():
    statement = re.compile(r"[\"'](select|insert into|update|delete from|with) \w", re.IGNORECASE)
    found = [name_of(p) for p in PACKAGE.rglob("*.py") if statement.search(p.read_text(encoding="utf-8"))]
    assert found == []


def test_every_named_query_is_used_and_explained():
    code = "\n".join(p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*.py"))
    for path in (*PACKAGE.rglob("queries.sql"), *PACKAGE.rglob("attempts.sql")):
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r"^-- name: (\w+)\n(.*)$", text, re.MULTILINE):
            assert f'"{match[1]}"' in code, f"{match[1]} in {name_of(path)} is never used"
            assert match[2].startswith("-- "), f"{match[1]} in {name_of(path)} lacks its sentence"


def test_the_map_lists_every_folder():
    page = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    folders = {p.parent.relative_to(PACKAGE).parts[0] for p in PACKAGE.glob("*/__init__.py")}
    assert {folder for folder in folders if f"`{folder}/`" not in page} == set()


def test_the_map_names_no_file_that_is_not_there():
    page = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:\w+/)*\w+\.(?:py|sql|md))`", page)
    missing = [
        name for name in named if not any((base / name).exists() for base in (PACKAGE, ROOT, ROOT / "docs"))
    ]
    assert missing == []


def test_the_settings_page_is_made_from_the_settings():
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == config.page()


def test_the_policy_page_is_made_from_the_policy():
    assert (ROOT / "docs" / "policy.md").read_text(encoding="utf-8") == policy.page()


def test_the_readme_is_short_and_has_a_picture():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 100
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+\.png)\)", text)
    assert pictures
    assert all((ROOT / picture).exists() for picture in pictures)


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda p: p.name
)
def test_links_between_pages_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_error_has_a_sentence_and_a_code_of_its_own():
    found = [errors.RucheError]
    for kind in found:
        found.extend(kind.__subclasses__())
    assert all((kind.__doc__ or "").strip() for kind in found)
    assert len({kind.__name__ for kind in found}) == len(found)


def test_no_open_end_is_left_in_the_code():
    marks = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    assert [name_of(p) for p in SOURCES if marks.search(p.read_text(encoding="utf-8"))] == []


def test_every_lint_exception_has_a_reason():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    ignores = [line for line in lines if re.match(r'\s+"[A-Z]+\d*",', line)]
    assert ignores
    assert [line for line in ignores if "#" not in line] == []


def test_every_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    pinned = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    }
    names = {re.split(r"[\[=<>]", name)[0].lower() for name in wanted}
    assert names - pinned - {"torch"} == set()
