-- 反映人库: people and units that items come from. Never deleted: retired, or merged into another entry and taken out again.
CREATE TABLE reporters (
    no BIGINT PRIMARY KEY,
    form TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    aliases TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C",
    party TEXT COLLATE "C" NOT NULL,
    sector TEXT COLLATE "C" NOT NULL,
    district TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C",
    merged_into BIGINT,
    rev BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    retired_at BIGINT
);
CREATE UNIQUE INDEX reporters_account ON reporters (account);
CREATE INDEX reporters_merged ON reporters (merged_into);
-- 任职: what somebody was where, from day to day; either day may be unknown.
CREATE TABLE reporter_posts (
    reporter_no BIGINT NOT NULL,
    place BIGINT NOT NULL,
    unit TEXT COLLATE "C" NOT NULL,
    post TEXT COLLATE "C" NOT NULL,
    from_day TEXT COLLATE "C",
    until_day TEXT COLLATE "C",
    PRIMARY KEY (reporter_no, place)
);
-- By what an entry is found: names without blanks, digits of telephones, addresses, names in Latin letters.
CREATE TABLE reporter_keys (
    what TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    reporter_no BIGINT NOT NULL,
    PRIMARY KEY (what, key, reporter_no)
);
CREATE INDEX reporter_keys_no ON reporter_keys (reporter_no);
