-- Answers to contributors (回音): one row an event, written in the transaction of the change that it tells of.
CREATE TABLE notices (
    no BIGINT PRIMARY KEY,
    event_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    item_id BLOB NOT NULL,
    item_rev BIGINT NOT NULL,
    kind TEXT NOT NULL,
    words TEXT NOT NULL,
    taken_back_at BIGINT
);
CREATE UNIQUE INDEX notices_event ON notices (event_id);
CREATE INDEX notices_item ON notices (item_id, no);
-- Where each is to be delivered; a row ends as sent, given_up or void.
CREATE TABLE notice_deliveries (
    notice_no BIGINT NOT NULL,
    channel TEXT NOT NULL,
    target TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    tries_left BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    ended_at BIGINT,
    told TEXT NOT NULL,
    PRIMARY KEY (notice_no, channel, target)
);
CREATE INDEX notice_deliveries_due ON notice_deliveries (state, channel, due_at);
-- What each attempt met with.
CREATE TABLE notice_attempts (
    notice_no BIGINT NOT NULL,
    channel TEXT NOT NULL,
    target TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    at BIGINT NOT NULL,
    told TEXT NOT NULL,
    PRIMARY KEY (notice_no, channel, target, attempt)
);
-- By which way a contributor wants to hear, and up to which notice they have read.
CREATE TABLE notice_choices (
    owner TEXT PRIMARY KEY,
    mail TEXT NOT NULL,
    address TEXT NOT NULL,
    seen BIGINT NOT NULL
);
-- To which address a source's notices go; the key that signs them is made from secret.key and the serial.
CREATE TABLE webhooks (
    source_id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    serial BIGINT NOT NULL,
    set_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX portal_items_item ON portal_items (item_id);
