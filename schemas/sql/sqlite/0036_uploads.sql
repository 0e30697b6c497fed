-- Files that somebody uploaded to be sent as items: looked at first, sent row by row, reported row by row.
-- state: looked, sending, done, stopped, dropped.
CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    blob_hash BLOB NOT NULL,
    state TEXT NOT NULL,
    total BIGINT NOT NULL,
    good BIGINT NOT NULL,
    handled BIGINT NOT NULL,
    at BIGINT NOT NULL,
    ended_at BIGINT
) WITHOUT ROWID;
CREATE INDEX uploads_owner ON uploads (owner, at);
CREATE INDEX uploads_state ON uploads (state, at);
-- What became of each row; result: new, repeat, refused.
CREATE TABLE upload_rows (
    upload_id TEXT NOT NULL,
    no BIGINT NOT NULL,
    place TEXT NOT NULL,
    title TEXT NOT NULL,
    result TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (upload_id, no)
) WITHOUT ROWID;
-- Files by hash that nothing may refer to yet; swept a day after they came if nothing does.
CREATE TABLE loose_files (
    hash BLOB PRIMARY KEY,
    at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX loose_files_at ON loose_files (at);
