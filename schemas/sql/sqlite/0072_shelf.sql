-- 参考资料: documents that are searched beside the items and never count as one. What is taken off stays, marked.
CREATE TABLE shelf (
    no BIGINT PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    day TEXT,
    source TEXT NOT NULL,
    file TEXT NOT NULL,
    body TEXT NOT NULL,
    chars BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    removed_at BIGINT,
    seq BIGINT NOT NULL
);
CREATE INDEX shelf_seq ON shelf (seq);
