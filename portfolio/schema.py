"""Imports every table of the domain, for Alembic and for code that needs all mappers."""

import portfolio.finance.models
import portfolio.models
import portfolio.people.models
import portfolio.plan.models
import portfolio.projects.models  # noqa: F401
from sqlmodel import SQLModel

metadata = SQLModel.metadata
