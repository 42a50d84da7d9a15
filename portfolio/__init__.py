"""The domain: plan, people, projects, money, alerts. No web, no Excel, no HTML."""
