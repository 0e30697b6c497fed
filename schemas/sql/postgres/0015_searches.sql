-- 常用检索: searches that somebody keeps, and up to which item they have seen what is new.
CREATE TABLE saved_searches (
    owner TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    query TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    seen_no BIGINT NOT NULL,
    PRIMARY KEY (owner, name)
);
CREATE INDEX items_received ON items (received_at, no);
