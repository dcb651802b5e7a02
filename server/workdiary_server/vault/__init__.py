"""The vault: what is kept is sealed here, and what keeps it is wrapped here."""
