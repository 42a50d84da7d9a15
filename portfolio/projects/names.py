"""All names under which projects are known: their own, their aliases, and the plan's wordings."""

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.projects import scope
from portfolio.projects.models import PlanReference, Project, ProjectAlias


def known_names(db: Session) -> set[str]:
    """Return every name, whoever may see the project: only that a record exists is told."""
    everyone = scope.everything("names that the plan's text holds are carried by some record or by none")
    names = sa.union(
        sa.select(col(Project.name)).where(col(Project.id).in_(everyone)),
        sa.select(col(ProjectAlias.name)),
        sa.select(col(PlanReference.name)),
    )
    return set(db.execute(names).scalars())
