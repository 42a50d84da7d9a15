"""Money: amounts by kind, period and source; costs."""
