-- What editors decided about two items (重复, 续报, 无关); a_no < b_no. It outlives links, replays and new versions.
CREATE TABLE verdicts (
    a_no BIGINT NOT NULL,
    b_no BIGINT NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL,
    comment TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (a_no, b_no)
);
CREATE INDEX verdicts_b ON verdicts (b_no, a_no);

-- Periods are asked by when an item was written; where it does not say, by when it was received.
CREATE INDEX items_written ON items (COALESCE(submitted_at, received_at), no);
