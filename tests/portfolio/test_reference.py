"""Reference data of all rooms arrives in one go and again without harm."""

import sqlalchemy as sa

from portfolio import calendar_days, reference
from portfolio.finance.models import FundingSource
from portfolio.projects.models import District, Sector
from tests.build import TODAY


def counts(db):
    tables = (Sector, District, FundingSource)
    return [db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables]


def test_loading_again_adds_nothing(db):
    reference.load(db, TODAY)
    first = counts(db)
    assert all(first)
    reference.load(db, TODAY)
    assert counts(db) == first


def test_the_calendar_reaches_the_next_year(sqlite_db):
    reference.load(sqlite_db, TODAY.replace(year=2040))
    years = {day.year for day in calendar_days.load(sqlite_db).holidays}
    assert 2041 in years
