-- 附图: the pictures of a manuscript, by the number that its text calls them by (【图1】). A number is never given twice.
CREATE TABLE manuscript_pictures (
    manuscript_id BYTEA NOT NULL,
    number BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    original BYTEA NOT NULL,
    blob_hash BYTEA NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (manuscript_id, number)
);
