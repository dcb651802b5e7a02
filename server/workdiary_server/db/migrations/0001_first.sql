-- The first schema: people, keys, logs and the projection that is read.

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE person (
    id BLOB NOT NULL PRIMARY KEY,
    owner INTEGER NOT NULL,
    created INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE device (
    id BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL,
    public BLOB NOT NULL,
    enrolled INTEGER NOT NULL,
    revoked INTEGER,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE token (
    digest BLOB NOT NULL PRIMARY KEY,
    id BLOB NOT NULL,
    person BLOB NOT NULL,
    device BLOB,
    scope TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX token_id ON token (id);
CREATE TABLE invite (
    digest BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL,
    scope TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE subject_key (
    subject BLOB NOT NULL PRIMARY KEY,
    wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE content_key (
    id BLOB NOT NULL PRIMARY KEY,
    subject BLOB NOT NULL,
    wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE contract (
    id BLOB NOT NULL PRIMARY KEY,
    freelancer BLOB NOT NULL,
    opened INTEGER NOT NULL,
    size INTEGER NOT NULL,
    edge BLOB NOT NULL,
    received INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX contract_freelancer ON contract (freelancer);
CREATE TABLE party (
    person BLOB NOT NULL,
    contract BLOB NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (person, contract, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX party_contract ON party (contract);
CREATE TABLE entry (
    arrival INTEGER NOT NULL PRIMARY KEY,
    contract BLOB NOT NULL,
    idx INTEGER NOT NULL,
    id BLOB NOT NULL,
    device BLOB NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    start INTEGER,
    received INTEGER NOT NULL,
    note BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX entry_contract_idx ON entry (contract, idx);
CREATE UNIQUE INDEX entry_contract_id ON entry (contract, id);
CREATE UNIQUE INDEX entry_contract_device_seq ON entry (contract, device, seq);
CREATE INDEX entry_contract_start ON entry (contract, start);
CREATE TABLE body (
    arrival INTEGER NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT;
CREATE TABLE segment (
    contract BLOB NOT NULL,
    start INTEGER NOT NULL,
    kind TEXT NOT NULL,
    mask INTEGER NOT NULL,
    sampled INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    received INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (contract, start)
) STRICT, WITHOUT ROWID;
CREATE TABLE picture (
    contract BLOB NOT NULL,
    tag BLOB NOT NULL,
    rendition TEXT NOT NULL,
    key TEXT NOT NULL,
    store TEXT NOT NULL,
    start INTEGER NOT NULL,
    PRIMARY KEY (contract, tag, rendition, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE intent (
    key TEXT NOT NULL PRIMARY KEY,
    store TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
