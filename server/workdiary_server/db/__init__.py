"""The database: schema, migrations, one writer and a few readers; rows never leave this package's
callers in the diary."""
