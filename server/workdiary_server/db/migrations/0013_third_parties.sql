-- The last head of each log that a third party's witness has cosigned.

CREATE TABLE third_party (
    contract BLOB NOT NULL,
    key TEXT NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    at INTEGER NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (contract, key)
) STRICT, WITHOUT ROWID;
