-- 订阅: what a kept search found since its owner looked last. Items up to told_no were told of; fresh of them are unseen.
ALTER TABLE saved_searches ADD COLUMN subscribed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE saved_searches ADD COLUMN told_no BIGINT NOT NULL DEFAULT 0;
ALTER TABLE saved_searches ADD COLUMN fresh BIGINT NOT NULL DEFAULT 0;
CREATE INDEX saved_searches_told ON saved_searches (subscribed, told_no);
-- 提醒 to people of the office, within the pages alone.
CREATE TABLE reminders (
    no BIGINT PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    about TEXT COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    seen_at BIGINT
);
CREATE INDEX reminders_owner ON reminders (owner, no);
CREATE INDEX reminders_unseen ON reminders (seen_at, owner);
