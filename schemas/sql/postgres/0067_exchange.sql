-- 跨网交换: packages that were made for the other site or came from it, each direction numbered from 1 without gap.
CREATE TABLE site_packages (
    direction TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    acknowledged BIGINT NOT NULL,
    counts TEXT COLLATE "C" NOT NULL,
    notes TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (direction, number)
);
-- What has gone over of each item: its versions and its withdrawal one way, the answer the other way.
CREATE TABLE site_items (
    item_id BYTEA PRIMARY KEY,
    versions BIGINT NOT NULL,
    withdrawn BIGINT NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    mark TEXT COLLATE "C" NOT NULL
);
-- Which attachments have gone over.
CREATE TABLE site_files (file_id TEXT COLLATE "C" PRIMARY KEY, number BIGINT NOT NULL);
