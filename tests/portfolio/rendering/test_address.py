"""Filters are the address."""

from portfolio.rendering import Address, Pages

HERE = Address.of(
    "/projects", {"q": "水厂", "lamp": ["red", "amber"], "late": True, "owner": None, "page": 3}
)


def test_what_is_empty_is_left_out() -> None:
    assert str(Address.of("/projects", {"q": "", "owner": None, "late": False})) == "/projects"


def test_a_change_starts_at_the_first_page() -> None:
    assert "page" not in str(HERE.with_(sort="-slip"))
    assert HERE.with_(page=4).get("page") == "4"


def test_one_of_several_values_is_removed() -> None:
    assert HERE.without("lamp", "red").query == (("q", "水厂"), ("lamp", "amber"), ("late", "1"))
    assert HERE.without("lamp").get("lamp") == ""


def test_an_export_takes_the_filter_along() -> None:
    assert str(HERE.without("q").at("/projects.xlsx")) == "/projects.xlsx?lamp=red&lamp=amber&late=1"


def test_pages_name_their_rows() -> None:
    pages = Pages(3, 50, 132)
    assert (pages.first, pages.last, pages.count) == (101, 132, 3)
    assert (Pages(1, 50, 0).first, Pages(1, 50, 0).last, Pages(1, 50, 0).count) == (0, 0, 1)


def test_far_pages_are_a_gap() -> None:
    assert Pages(10, 50, 1000).near == (1, 0, 8, 9, 10, 11, 12, 0, 20)
