"""Pages, mails and documents, and the assets they need."""
