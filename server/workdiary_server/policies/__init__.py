"""Billing policies, run in a process of their own: none can stall, crash or bend the server."""
