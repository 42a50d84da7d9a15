"""From the outbox to the recipient: claimed, checked again, built, handed over, recorded."""
