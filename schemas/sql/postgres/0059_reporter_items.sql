-- Whose item it is: the name on the item, and the entry that it stands for.
CREATE TABLE reporter_items (
    item_id BYTEA NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    reporter_no BIGINT NOT NULL,
    how TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (item_id, name)
);
CREATE INDEX reporter_items_no ON reporter_items (reporter_no);
