-- 代录签批: decisions that were given on paper: whose, of which day, in which words, with the scan; and who entered them.
CREATE TABLE paper_decisions (
    no BIGINT PRIMARY KEY,
    object TEXT NOT NULL,
    act TEXT NOT NULL,
    told TEXT NOT NULL,
    decider TEXT NOT NULL,
    title TEXT NOT NULL,
    day TEXT NOT NULL,
    wording TEXT NOT NULL,
    file_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL
);
CREATE INDEX paper_decisions_object ON paper_decisions (object, no);
-- The steps of manuscripts that were taken by one.
CREATE TABLE paper_steps (
    manuscript_id BLOB NOT NULL,
    step BIGINT NOT NULL,
    paper_no BIGINT NOT NULL,
    PRIMARY KEY (manuscript_id, step)
);
