"""Measurements: each module prints one table and the same as JSON."""
