-- 单位账户: who belongs to a unit, and may pass what is sent in its name (本级审核). A unit outlives its people.
CREATE TABLE unit_people (
    unit_no BIGINT NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    reviewer BIGINT NOT NULL,
    since BIGINT NOT NULL,
    left_at BIGINT,
    PRIMARY KEY (unit_no, account)
);
CREATE INDEX unit_people_account ON unit_people (account);
-- The units that want every item passed before it is sent.
CREATE TABLE unit_reviews (
    unit_no BIGINT PRIMARY KEY,
    since BIGINT NOT NULL
);
-- What is written in the name of a unit and waits, was returned, or was sent.
CREATE TABLE unit_drafts (
    no BIGINT PRIMARY KEY,
    unit_no BIGINT NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    fields TEXT COLLATE "C" NOT NULL,
    form_key TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    comment TEXT COLLATE "C" NOT NULL,
    reviewer TEXT COLLATE "C",
    rev BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX unit_drafts_unit ON unit_drafts (unit_no, state);
CREATE UNIQUE INDEX unit_drafts_key ON unit_drafts (author, form_key);
-- What was sent in the name of a unit.
CREATE TABLE unit_items (
    unit_no BIGINT NOT NULL,
    item_id BYTEA NOT NULL,
    receipt TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (unit_no, item_id)
);
