-- What became of manuscripts: 采用, 转送, 批示. One row a registration; a withdrawn one stays.
CREATE TABLE outcomes (
    no BIGINT PRIMARY KEY,
    manuscript_id BLOB NOT NULL,
    same_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    level TEXT NOT NULL,
    outlet TEXT NOT NULL,
    day TEXT NOT NULL,
    record TEXT NOT NULL,
    scan BLOB,
    scan_name TEXT NOT NULL,
    rev BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    withdrawn_at BIGINT
);
CREATE INDEX outcomes_manuscript ON outcomes (manuscript_id, no);
CREATE INDEX outcomes_day ON outcomes (day, no);
-- Every revision of each, as it was entered.
CREATE TABLE outcome_versions (
    outcome_no BIGINT NOT NULL,
    rev BIGINT NOT NULL,
    record TEXT NOT NULL,
    scan BLOB,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    comment TEXT NOT NULL,
    PRIMARY KEY (outcome_no, rev)
);
