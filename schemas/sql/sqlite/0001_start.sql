-- The facts of one instance. Times are microseconds UTC, hashes and ids are bytes, text is UTF-8, JSON is text.
-- A released migration is never edited; what changes comes as a further file (expand, then contract).

CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL) WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('seq', 0);

CREATE TABLE sources (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    per_minute BIGINT NOT NULL,
    per_day BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
) WITHOUT ROWID;

-- 来稿: what lists and filters need; the text as received stands in item_versions.
CREATE TABLE items (
    no INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    receipt TEXT NOT NULL UNIQUE,
    source_id TEXT NOT NULL,
    external_id TEXT,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    rev BIGINT NOT NULL,
    version BIGINT NOT NULL,
    fold_hash BLOB NOT NULL,
    title TEXT NOT NULL,
    reporter TEXT,
    unit TEXT,
    reporter_kind TEXT,
    district TEXT,
    subject TEXT,
    urgency TEXT NOT NULL,
    chars BIGINT NOT NULL,
    submitted_at BIGINT,
    received_at BIGINT NOT NULL
);
CREATE INDEX items_fold ON items (fold_hash, no);
CREATE INDEX items_state ON items (state, no);

CREATE TABLE item_versions (
    item_no BIGINT NOT NULL,
    version BIGINT NOT NULL,
    content_hash BLOB NOT NULL,
    received_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    submission TEXT NOT NULL,
    PRIMARY KEY (item_no, version)
) WITHOUT ROWID;

CREATE TABLE changes (
    seq INTEGER PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    item_no BIGINT
);

-- 操作日志: each row holds the hash of the one before it.
CREATE TABLE audit (
    no INTEGER PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash BLOB NOT NULL
);
CREATE INDEX audit_object ON audit (object, no);

-- Verified pairs; a_no < b_no.
CREATE TABLE links (
    a_no BIGINT NOT NULL,
    b_no BIGINT NOT NULL,
    kind TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (a_no, b_no)
) WITHOUT ROWID;
CREATE INDEX links_b ON links (b_no, a_no);

CREATE TABLE group_members (
    item_no INTEGER PRIMARY KEY,
    first_no BIGINT NOT NULL,
    joined TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX group_members_first ON group_members (first_no, item_no);

CREATE TABLE cursors (name TEXT PRIMARY KEY, seq BIGINT NOT NULL) WITHOUT ROWID;
CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, epoch BIGINT NOT NULL, until BIGINT NOT NULL) WITHOUT ROWID;

-- 异常来稿
CREATE TABLE dead_letters (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id BLOB NOT NULL,
    receipt TEXT NOT NULL,
    envelope TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (item_id, reason)
);
CREATE INDEX dead_letters_receipt ON dead_letters (receipt);

-- 编稿
CREATE TABLE manuscripts (
    id BLOB PRIMARY KEY,
    outlet TEXT NOT NULL,
    state TEXT NOT NULL,
    rev BIGINT NOT NULL,
    title TEXT NOT NULL,
    issue_id BLOB,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX manuscripts_issue ON manuscripts (issue_id);

CREATE TABLE manuscript_items (
    manuscript_id BLOB NOT NULL,
    position BIGINT NOT NULL,
    item_no BIGINT NOT NULL,
    PRIMARY KEY (manuscript_id, position)
) WITHOUT ROWID;
CREATE INDEX manuscript_items_item ON manuscript_items (item_no, manuscript_id);

-- Every step keeps the full text.
CREATE TABLE manuscript_steps (
    manuscript_id BLOB NOT NULL,
    step BIGINT NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    comment TEXT NOT NULL,
    texts TEXT NOT NULL,
    PRIMARY KEY (manuscript_id, step)
) WITHOUT ROWID;

-- 期
CREATE TABLE issues (
    id BLOB PRIMARY KEY,
    series TEXT NOT NULL,
    state TEXT NOT NULL,
    rev BIGINT NOT NULL,
    printed_date TEXT NOT NULL,
    year BIGINT NOT NULL,
    number BIGINT,
    total BIGINT,
    plan TEXT NOT NULL,
    signer TEXT,
    content_hash BLOB,
    created_at BIGINT NOT NULL,
    issued_at BIGINT
) WITHOUT ROWID;
CREATE UNIQUE INDEX issues_number ON issues (series, year, number) WHERE number IS NOT NULL;
CREATE INDEX issues_created ON issues (created_at);

CREATE TABLE number_books (
    series TEXT NOT NULL,
    year BIGINT NOT NULL,
    highest BIGINT NOT NULL,
    total BIGINT NOT NULL,
    returned TEXT NOT NULL,
    last_date TEXT NOT NULL,
    PRIMARY KEY (series, year)
) WITHOUT ROWID;

CREATE TABLE issue_files (
    issue_id BLOB NOT NULL,
    format TEXT NOT NULL,
    blob_hash BLOB NOT NULL,
    bytes BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (issue_id, format)
) WITHOUT ROWID;
