-- What somebody is writing and has not saved yet: kept on every pause, gone with the next step.
CREATE TABLE manuscript_drafts (
    manuscript_id BYTEA NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    base_rev BIGINT NOT NULL,
    base_step BIGINT NOT NULL,
    at BIGINT NOT NULL,
    texts TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (manuscript_id, owner)
);
-- 特急 may go to the signer first; the stage that is owed afterwards (补审), and since when.
ALTER TABLE manuscripts ADD COLUMN urgency TEXT COLLATE "C" NOT NULL DEFAULT '普通';
ALTER TABLE manuscripts ADD COLUMN owed_since BIGINT;
CREATE INDEX manuscripts_owed ON manuscripts (owed_since);
