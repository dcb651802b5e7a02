"""The diary server: HTTP in front, sealed storage and one group-committing writer behind."""
