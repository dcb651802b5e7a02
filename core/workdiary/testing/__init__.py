"""Conformance suites that a plugin author runs against an implementation."""
