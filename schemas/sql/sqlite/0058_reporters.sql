-- 反映人库: people and units that items come from. Never deleted: retired, or merged into another entry and taken out again.
CREATE TABLE reporters (
    no BIGINT PRIMARY KEY,
    form TEXT NOT NULL,
    name TEXT NOT NULL,
    aliases TEXT NOT NULL,
    kind TEXT,
    party TEXT NOT NULL,
    sector TEXT NOT NULL,
    district TEXT NOT NULL,
    phone TEXT NOT NULL,
    email TEXT NOT NULL,
    note TEXT NOT NULL,
    account TEXT,
    merged_into BIGINT,
    rev BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    retired_at BIGINT
) WITHOUT ROWID;
CREATE UNIQUE INDEX reporters_account ON reporters (account);
CREATE INDEX reporters_merged ON reporters (merged_into);
-- 任职: what somebody was where, from day to day; either day may be unknown.
CREATE TABLE reporter_posts (
    reporter_no BIGINT NOT NULL,
    place BIGINT NOT NULL,
    unit TEXT NOT NULL,
    post TEXT NOT NULL,
    from_day TEXT,
    until_day TEXT,
    PRIMARY KEY (reporter_no, place)
) WITHOUT ROWID;
-- By what an entry is found: names without blanks, digits of telephones, addresses, names in Latin letters.
CREATE TABLE reporter_keys (
    what TEXT NOT NULL,
    key TEXT NOT NULL,
    reporter_no BIGINT NOT NULL,
    PRIMARY KEY (what, key, reporter_no)
) WITHOUT ROWID;
CREATE INDEX reporter_keys_no ON reporter_keys (reporter_no);
