-- Logs that were restored from a backup and wait for what their parties' mirrors hold of them.

CREATE TABLE recovery (
    contract BLOB NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE recovery_party (
    contract BLOB NOT NULL,
    device BLOB NOT NULL,
    reported INTEGER,
    PRIMARY KEY (contract, device)
) STRICT, WITHOUT ROWID;
