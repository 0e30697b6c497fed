-- 选题: what the office asks contributors to write about, published in batches; never deleted. deadline: the last day.
CREATE TABLE topics (
    no BIGINT PRIMARY KEY,
    batch TEXT NOT NULL,
    title TEXT NOT NULL,
    note TEXT NOT NULL,
    deadline TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    closed_at BIGINT
) WITHOUT ROWID;
-- Which topic an item answers. The item itself says nothing of it, and a worker may store it later than this.
CREATE TABLE topic_items (
    item_id BLOB PRIMARY KEY,
    topic_no BIGINT NOT NULL,
    at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX topic_items_topic ON topic_items (topic_no);
