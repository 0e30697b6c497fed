-- Files that somebody uploaded to be sent as items: looked at first, sent row by row, reported row by row.
-- state: looked, sending, done, stopped, dropped.
CREATE TABLE uploads (
    id TEXT COLLATE "C" PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    blob_hash BYTEA NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    total BIGINT NOT NULL,
    good BIGINT NOT NULL,
    handled BIGINT NOT NULL,
    at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX uploads_owner ON uploads (owner, at);
CREATE INDEX uploads_state ON uploads (state, at);
-- What became of each row; result: new, repeat, refused.
CREATE TABLE upload_rows (
    upload_id TEXT COLLATE "C" NOT NULL,
    no BIGINT NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    result TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (upload_id, no)
);
-- Files by hash that nothing may refer to yet; swept a day after they came if nothing does.
CREATE TABLE loose_files (
    hash BYTEA PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX loose_files_at ON loose_files (at);
