CREATE TABLE picture_view (
    number INTEGER NOT NULL PRIMARY KEY,
    contract BLOB NOT NULL,
    at INTEGER NOT NULL,
    person BLOB NOT NULL,
    start INTEGER NOT NULL,
    tag BLOB,
    rendition TEXT NOT NULL
) STRICT;
CREATE INDEX picture_view_contract_at ON picture_view (contract, at);
CREATE INDEX picture_view_contract_start ON picture_view (contract, start);
