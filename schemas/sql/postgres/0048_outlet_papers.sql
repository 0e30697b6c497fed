-- The files of a 上报 and of the letter of a 直转, frozen when they were sent: what is asked for afterwards are these bytes.
CREATE TABLE outlet_papers (
    manuscript_id BYTEA NOT NULL,
    format TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    blob_hash BYTEA NOT NULL,
    bytes BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (manuscript_id, format)
);
CREATE INDEX outlet_papers_blob ON outlet_papers (blob_hash);
