-- The hashes of each log's tree, as its tiles hold them; and who saw which head of it.

CREATE TABLE tree_hash (
    contract BLOB NOT NULL,
    level INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (contract, level, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE cosignature (
    contract BLOB NOT NULL,
    device BLOB NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    at INTEGER NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (contract, device)
) STRICT, WITHOUT ROWID;
