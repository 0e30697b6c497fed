-- Attachments by id; `used` = an item refers to it. The bytes are where files by hash are.
CREATE TABLE files (
    id TEXT COLLATE "C" PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    bytes BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    at BIGINT NOT NULL,
    used BIGINT NOT NULL
);
CREATE INDEX files_hash ON files (hash);
CREATE INDEX files_used ON files (used, at);
