-- 校对: what somebody left as it is in a manuscript, and why. kind: of which fault; found: what stands there (of what is
-- personal only its masked form). Taken back, the row goes; the log keeps both.
CREATE TABLE proof_left (
    manuscript_id BYTEA NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    found TEXT COLLATE "C" NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (manuscript_id, kind, found)
);
