-- Whose item it is: the name on the item, and the entry that it stands for.
CREATE TABLE reporter_items (
    item_id BLOB NOT NULL,
    name TEXT NOT NULL,
    reporter_no BIGINT NOT NULL,
    how TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (item_id, name)
) WITHOUT ROWID;
CREATE INDEX reporter_items_no ON reporter_items (reporter_no);
