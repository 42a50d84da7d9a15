"""Finding projects by a few words: name, code, alias, pinyin, initials, unit, the plan's wording."""

import re
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from portfolio.people.models import Organisation
from portfolio.projects import duties
from portfolio.projects.models import Duty, PlanReference, Project, ProjectAlias

_LATIN = re.compile(r"[0-9A-Za-z._-]+")
MOST_WORDS = 6


def matching(text: str, today: date) -> sa.ColumnElement[bool]:
    """The clause over `project` that is true where every word of the text is found somewhere.

    A unit's name finds what it answers for today.

    Latin words also match pinyin: 机场三期 is found by `jichang` and by `jcsq`.
    """
    words = text.split()[:MOST_WORDS]
    return sa.and_(sa.true(), *[_one(word, today) for word in words])


def _one(word: str, today: date) -> sa.ColumnElement[bool]:
    places = [_has(col(Project.name), word), _has(col(Project.code), word)]
    alias = [_has(col(ProjectAlias.name), word)]
    if _LATIN.fullmatch(word):
        places += [
            _has(col(Project.pinyin), word),
            _has(col(Project.initials), word),
            _has(col(Project.national_code), word),
        ]
        alias += [_has(col(ProjectAlias.pinyin), word), _has(col(ProjectAlias.initials), word)]
    else:
        places += [col(Project.id).in_(_of_unit(word, today)), col(Project.id).in_(_worded(word))]
    named = sa.select(col(ProjectAlias.project_id)).where(sa.or_(*alias))
    return sa.or_(*places, col(Project.id).in_(named))


def _of_unit(word: str, today: date) -> sa.Select[int]:
    return (
        sa.select(col(Duty.project_id))
        .join(Organisation, col(Organisation.id) == col(Duty.organisation_id))
        .where(
            sa.or_(_has(col(Organisation.name), word), _has(col(Organisation.short_name), word)),
            duties.valid_on(today),
        )
    )


def _worded(word: str) -> sa.Select[int]:
    return sa.select(col(PlanReference.project_id)).where(_has(col(PlanReference.name), word))


def _has(column: Any, word: str) -> sa.ColumnElement[bool]:
    found: sa.ColumnElement[bool] = column.icontains(word, autoescape=True)
    return found
