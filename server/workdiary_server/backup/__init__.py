"""Backups: made while the server runs, signed, incremental, and with the keys kept apart."""
