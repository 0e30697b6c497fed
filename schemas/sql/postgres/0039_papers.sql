-- 代录签批: decisions that were given on paper: whose, of which day, in which words, with the scan; and who entered them.
CREATE TABLE paper_decisions (
    no BIGINT PRIMARY KEY,
    object TEXT COLLATE "C" NOT NULL,
    act TEXT COLLATE "C" NOT NULL,
    told TEXT COLLATE "C" NOT NULL,
    decider TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    wording TEXT COLLATE "C" NOT NULL,
    file_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL
);
CREATE INDEX paper_decisions_object ON paper_decisions (object, no);
-- The steps of manuscripts that were taken by one.
CREATE TABLE paper_steps (
    manuscript_id BYTEA NOT NULL,
    step BIGINT NOT NULL,
    paper_no BIGINT NOT NULL,
    PRIMARY KEY (manuscript_id, step)
);
