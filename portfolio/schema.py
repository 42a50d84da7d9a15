"""Imports every table of the domain, for Alembic and for code that needs all mappers."""

from sqlmodel import SQLModel

import portfolio.alerts.models
import portfolio.finance.models
import portfolio.models
import portfolio.people.models
import portfolio.plan.models
import portfolio.projects.models  # noqa: F401

metadata = SQLModel.metadata
