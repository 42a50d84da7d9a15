"""The list of projects, one project, and its milestones."""
