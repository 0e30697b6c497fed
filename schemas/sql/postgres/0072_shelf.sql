-- 参考资料: documents that are searched beside the items and never count as one. What is taken off stays, marked.
CREATE TABLE shelf (
    no BIGINT PRIMARY KEY,
    hash BYTEA NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    day TEXT COLLATE "C",
    source TEXT COLLATE "C" NOT NULL,
    file TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    chars BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    removed_at BIGINT,
    seq BIGINT NOT NULL
);
CREATE INDEX shelf_seq ON shelf (seq);
