-- Messages that were put off while the queue went on (a broker has no delays of its own).
CREATE TABLE due_messages (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    envelope TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL
);
CREATE INDEX due_messages_due ON due_messages (due_at, no);

-- Files by content hash, in parts, where several nodes share the facts; on one machine they lie in the data folder.
CREATE TABLE blob_parts (
    hash BLOB NOT NULL,
    part BIGINT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (hash, part)
) WITHOUT ROWID;
