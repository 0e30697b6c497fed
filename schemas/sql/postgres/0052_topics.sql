-- 选题: what the office asks contributors to write about, published in batches; never deleted. deadline: the last day.
CREATE TABLE topics (
    no BIGINT PRIMARY KEY,
    batch TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    deadline TEXT COLLATE "C" NOT NULL,
    published_at BIGINT NOT NULL,
    closed_at BIGINT
);
-- Which topic an item answers. The item itself says nothing of it, and a worker may store it later than this.
CREATE TABLE topic_items (
    item_id BYTEA PRIMARY KEY,
    topic_no BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX topic_items_topic ON topic_items (topic_no);
