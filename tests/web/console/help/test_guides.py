"""Links into the guides, their sections, words, length and pictures."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.accounts import Role
from gateway.web.console.help.guides import GUIDES, HERE, guide, source
from gateway.web.console.help.pictures import FOLDER, Picture
from gateway.web.console.words import LANGUAGES
from tests.web.console.staff import Person, StaffHouse

CONSOLE = HERE.parent
LINK = re.compile(r"""guide\(["']([a-z]+)#([a-z-]+)["']\)""")
PICTURE = re.compile(r"!\[([^\]]*)\]\(\.\./\.\./pictures/(id|en)/([^)]+)\)")
READ_A_MINUTE = 180
MOST_BYTES = 2_500_000
FORCE = re.compile(
    r"\b(block\w*|deadline\w*|overdue|must|obliged?|blokir\w*|\w*blokir|batas waktu|wajib|harus)\b"
)


@pytest.fixture
def siti(tmp_path: Path) -> Iterator[Person]:
    house = StaffHouse(tmp_path)
    yield house.person(house.app(), "siti", Role.AUDITOR)
    house.close()


def links() -> set[tuple[str, str]]:
    """Every guide and section that a template names."""
    texts = [path.read_text("utf-8") for path in CONSOLE.rglob("*.html")]
    return {(found[1], found[2]) for text in texts for found in LINK.finditer(text)}


def anchors(name: str, language: str) -> list[str]:
    return [one.anchor for one in guide(name, language, "/p/").sections]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_to_help_leads_to_a_section(language: str) -> None:
    known = {(name, anchor) for name in GUIDES for anchor in anchors(name, language)}
    assert len(links()) > 10
    assert not links() - known


@pytest.mark.parametrize("name", GUIDES)
def test_both_languages_have_the_same_sections_in_the_same_order(name: str) -> None:
    assert anchors(name, "id") == anchors(name, "en")
    assert len(set(anchors(name, "id"))) == len(anchors(name, "id"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_is_read_in_a_quarter_of_an_hour(name: str, language: str) -> None:
    words = len(source(name, language).read_text("utf-8").split())
    assert words / READ_A_MINUTE <= 15


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_of_a_voluntary_partner_knows_no_word_of_force(language: str) -> None:
    text = source("ott", language).read_text("utf-8").lower()
    assert not sorted({found[0] for found in FORCE.finditer(text)})


def test_every_picture_is_there_described_and_used_and_they_are_small() -> None:
    used = set()
    for name in GUIDES:
        for language in LANGUAGES:
            for words, tongue, file in PICTURE.findall(source(name, language).read_text("utf-8")):
                assert words, (name, file)
                assert tongue == language, (name, file)
                assert Picture.read(language, file), (name, file)
                used.add(FOLDER / language / file)
    there = set(FOLDER.rglob("*.png"))
    assert there == used
    assert sum(path.stat().st_size for path in there) < MOST_BYTES


def test_a_guide_is_shown_with_its_contents_and_its_anchors(siti: Person) -> None:
    page = siti.raw("/help/officer", 200).get_data(as_text=True)
    for section in guide("officer", "en", "/help/pictures/").sections:
        assert f'href="#{section.anchor}"' in page
        assert f'id="{section.anchor}"' in page
    assert "{#" not in page
    assert 'href="/help"' in page


def test_all_guides_are_listed_in_the_readers_language(siti: Person) -> None:
    page = siti.get("/help")
    for name in GUIDES:
        assert guide(name, "en", "/help/pictures/").title in page


@pytest.mark.parametrize(
    "path",
    [
        "/help/none",
        "/help/..%2Fpalang",
        "/help/pictures/id/none.png",
        "/help/pictures/xx/today.png",
        "/help/pictures/id/..%2F..%2F__init__.py",
    ],
)
def test_nothing_but_guides_and_their_pictures_is_served(siti: Person, path: str) -> None:
    siti.raw(path, 404)


def test_markup_in_a_guide_is_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "guides" / "en"
    folder.mkdir(parents=True)
    (folder / "officer.md").write_text("# A\n\n## B {#b}\n\n<script>x</script>\n", "utf-8")
    monkeypatch.setattr("gateway.web.console.help.guides.HERE", tmp_path)
    assert "<script" not in guide("officer", "en", "/only-here/").body


def test_a_section_without_an_anchor_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "guides" / "en"
    folder.mkdir(parents=True)
    (folder / "officer.md").write_text("# A\n\n## B\n", "utf-8")
    monkeypatch.setattr("gateway.web.console.help.guides.HERE", tmp_path)
    with pytest.raises(ValueError, match="anchor"):
        guide("officer", "en", "/nor-here/")
