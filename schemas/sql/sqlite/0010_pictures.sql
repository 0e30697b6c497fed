-- 附图: the pictures of a manuscript, by the number that its text calls them by (【图1】). A number is never given twice.
CREATE TABLE manuscript_pictures (
    manuscript_id BLOB NOT NULL,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    original BLOB NOT NULL,
    blob_hash BLOB NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (manuscript_id, number)
) WITHOUT ROWID;
