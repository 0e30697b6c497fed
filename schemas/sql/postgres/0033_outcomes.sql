-- What became of manuscripts: 采用, 转送, 批示. One row a registration; a withdrawn one stays.
CREATE TABLE outcomes (
    no BIGINT PRIMARY KEY,
    manuscript_id BYTEA NOT NULL,
    same_key TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    level TEXT COLLATE "C" NOT NULL,
    outlet TEXT COLLATE "C" NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    record TEXT COLLATE "C" NOT NULL,
    scan BYTEA,
    scan_name TEXT COLLATE "C" NOT NULL,
    rev BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    withdrawn_at BIGINT
);
CREATE INDEX outcomes_manuscript ON outcomes (manuscript_id, no);
CREATE INDEX outcomes_day ON outcomes (day, no);
-- Every revision of each, as it was entered.
CREATE TABLE outcome_versions (
    outcome_no BIGINT NOT NULL,
    rev BIGINT NOT NULL,
    record TEXT COLLATE "C" NOT NULL,
    scan BYTEA,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    comment TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (outcome_no, rev)
);
