"""The gallery shows every component; drawing it proves that each can be drawn."""

import gzip
from datetime import date

from portfolio.overview.styleguide import values
from portfolio.rendering import Link, Person, Shell, environment, page
from tests.markup import parse

SHELL = Shell(
    entries=(Link("项目", "/projects", current=True),),
    person=Person("王芳", "重点项目办"),
    today=date(2024, 6, 5),
)


def drawn() -> str:
    return page("pages/styleguide/index.html", SHELL, values())


def test_ids_are_unique_and_labels_and_links_find_them() -> None:
    tree = parse(drawn())
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    pointed = {
        each
        for value in tree.xpath("//@for|//@aria-labelledby|//@aria-describedby")
        for each in value.split()
    }
    pointed |= {href[1:] for href in tree.xpath("//@href[starts-with(., '#')]") if href != "#"}
    assert pointed <= set(ids)


def test_there_is_one_h1_and_every_picture_has_words() -> None:
    tree = parse(drawn())
    assert len(tree.xpath("//h1")) == 1
    for svg in tree.xpath("//svg"):
        assert svg.get("aria-hidden") == "true" or svg.get("aria-label")


def test_rows_of_a_list_that_becomes_cards_keep_their_roles() -> None:
    tree = parse(drawn())
    assert tree.xpath("//table[contains(@class, 'cards')]")
    assert not tree.xpath(
        "//table[contains(@class, 'cards')]//*[self::td or self::th or self::tr][not(@role)]"
    )


def test_the_gallery_stays_small() -> None:
    assert len(gzip.compress(drawn().encode())) < 25_000


def test_every_component_is_shown_or_is_part_of_the_frame() -> None:
    source = "".join(
        environment().loader.get_source(environment(), name)[0]  # type: ignore[union-attr]
        for name in environment().list_templates(
            filter_func=lambda name: name.startswith(("pages/styleguide", "components", "layout"))
        )
    )
    unused = [
        name
        for name in vars(environment().globals["ui"])
        if f"ui.{name}(" not in source and f"{{{{ {name}(" not in source
    ]
    assert not unused
