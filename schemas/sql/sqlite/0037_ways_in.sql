-- Attachments by id; `used` = an item refers to it. The bytes are where files by hash are.
CREATE TABLE files (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    hash BLOB NOT NULL,
    at BIGINT NOT NULL,
    used BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_hash ON files (hash);
CREATE INDEX files_used ON files (used, at);
