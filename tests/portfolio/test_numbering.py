"""Codes are dealt in order, each once, also to those who write at the same time."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.orm import Session

from portfolio import numbering


def test_numbers_follow_one_another(db):
    assert [*numbering.deal(db, "x", 3), *numbering.deal(db, "x", 2)] == [1, 2, 3, 4, 5]


def test_each_counter_counts_for_itself(db):
    numbering.deal(db, "x", 7)
    assert list(numbering.deal(db, "y")) == [1]


def test_codes_have_their_letter_and_width(db):
    assert numbering.project_codes(db, 2) == ["P0001", "P0002"]
    assert numbering.milestone_codes(db) == ["M00001"]


def test_after_the_last_width_codes_grow_and_stay_unique(db):
    numbering.deal(db, "project", 9998)
    assert numbering.project_codes(db, 2) == ["P9999", "P10000"]


def test_a_rolled_back_deal_is_dealt_again(database):
    with Session(database.engine) as dying:
        numbering.deal(dying, "x", 5)
    with database.writing() as db:
        assert list(numbering.deal(db, "x")) == [1]


def test_writers_at_the_same_time_get_different_numbers(database):
    def deal(_n):
        with database.writing() as db:
            return list(numbering.deal(db, "x", 3))

    with ThreadPoolExecutor(4) as threads:
        dealt = [number for numbers in threads.map(deal, range(8)) for number in numbers]
    assert sorted(dealt) == list(range(1, 25))
