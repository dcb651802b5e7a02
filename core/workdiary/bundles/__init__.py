"""Bundles: a contract's log with all that its exporter may see, verified with nothing else."""
