CREATE TABLE segment_with_verdicts (
    contract BLOB NOT NULL,
    start INTEGER NOT NULL,
    kind TEXT NOT NULL,
    mask INTEGER NOT NULL,
    sampled INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    received INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    timely INTEGER NOT NULL,
    late_mask INTEGER NOT NULL,
    late_sampled INTEGER NOT NULL,
    accepted INTEGER,
    status TEXT,
    counted INTEGER,
    billable INTEGER,
    PRIMARY KEY (contract, start)
) STRICT, WITHOUT ROWID;
INSERT INTO segment_with_verdicts
    (contract, start, kind, mask, sampled, idx, received, sealed, timely, late_mask,
     late_sampled)
    SELECT contract, start, kind, mask, sampled, idx, received, sealed, 1, 0, 0 FROM segment;
DROP TABLE segment;
ALTER TABLE segment_with_verdicts RENAME TO segment;
CREATE TABLE mark (
    contract BLOB NOT NULL,
    start INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (contract, start, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE tombstone (
    contract BLOB NOT NULL,
    start INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    kind TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    person BLOB NOT NULL,
    received INTEGER NOT NULL,
    PRIMARY KEY (contract, start, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE week (
    contract BLOB NOT NULL,
    start INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (contract, start)
) STRICT, WITHOUT ROWID;
