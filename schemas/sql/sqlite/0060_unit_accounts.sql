-- 单位账户: who belongs to a unit, and may pass what is sent in its name (本级审核). A unit outlives its people.
CREATE TABLE unit_people (
    unit_no BIGINT NOT NULL,
    account TEXT NOT NULL,
    reviewer BIGINT NOT NULL,
    since BIGINT NOT NULL,
    left_at BIGINT,
    PRIMARY KEY (unit_no, account)
) WITHOUT ROWID;
CREATE INDEX unit_people_account ON unit_people (account);
-- The units that want every item passed before it is sent.
CREATE TABLE unit_reviews (
    unit_no BIGINT PRIMARY KEY,
    since BIGINT NOT NULL
) WITHOUT ROWID;
-- What is written in the name of a unit and waits, was returned, or was sent.
CREATE TABLE unit_drafts (
    no BIGINT PRIMARY KEY,
    unit_no BIGINT NOT NULL,
    author TEXT NOT NULL,
    title TEXT NOT NULL,
    fields TEXT NOT NULL,
    form_key TEXT NOT NULL,
    state TEXT NOT NULL,
    comment TEXT NOT NULL,
    reviewer TEXT,
    rev BIGINT NOT NULL,
    at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX unit_drafts_unit ON unit_drafts (unit_no, state);
CREATE UNIQUE INDEX unit_drafts_key ON unit_drafts (author, form_key);
-- What was sent in the name of a unit.
CREATE TABLE unit_items (
    unit_no BIGINT NOT NULL,
    item_id BLOB NOT NULL,
    receipt TEXT NOT NULL,
    title TEXT NOT NULL,
    author TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (unit_no, item_id)
) WITHOUT ROWID;
