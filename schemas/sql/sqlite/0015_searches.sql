-- 常用检索: searches that somebody keeps, and up to which item they have seen what is new.
CREATE TABLE saved_searches (
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    at BIGINT NOT NULL,
    seen_no BIGINT NOT NULL,
    PRIMARY KEY (owner, name)
);
CREATE INDEX items_received ON items (received_at, no);
