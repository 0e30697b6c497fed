-- 跨网交换: packages that were made for the other site or came from it, each direction numbered from 1 without gap.
CREATE TABLE site_packages (
    direction TEXT NOT NULL,
    number BIGINT NOT NULL,
    state TEXT NOT NULL,
    hash BLOB NOT NULL,
    made_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    acknowledged BIGINT NOT NULL,
    counts TEXT NOT NULL,
    notes TEXT NOT NULL,
    PRIMARY KEY (direction, number)
) WITHOUT ROWID;
-- What has gone over of each item: its versions and its withdrawal one way, the answer the other way.
CREATE TABLE site_items (
    item_id BLOB PRIMARY KEY,
    versions BIGINT NOT NULL,
    withdrawn BIGINT NOT NULL,
    answer TEXT NOT NULL,
    mark TEXT NOT NULL
) WITHOUT ROWID;
-- Which attachments have gone over.
CREATE TABLE site_files (file_id TEXT PRIMARY KEY, number BIGINT NOT NULL) WITHOUT ROWID;
