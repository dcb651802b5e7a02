"""What the service does: one function per use, between HTTP above and database and vault below."""
