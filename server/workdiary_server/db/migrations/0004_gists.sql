CREATE TABLE gist (
    contract BLOB NOT NULL,
    week INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (contract, week)
) STRICT, WITHOUT ROWID;
