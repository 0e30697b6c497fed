-- 校对: what somebody left as it is in a manuscript, and why. kind: of which fault; found: what stands there (of what is
-- personal only its masked form). Taken back, the row goes; the log keeps both.
CREATE TABLE proof_left (
    manuscript_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    found TEXT NOT NULL,
    why TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (manuscript_id, kind, found)
);
