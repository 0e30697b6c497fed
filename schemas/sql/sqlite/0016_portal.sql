-- Whose item it is: what somebody sent while signed in, for 我的来稿.
CREATE TABLE portal_items (
    owner TEXT NOT NULL,
    item_id BLOB NOT NULL,
    receipt TEXT NOT NULL,
    title TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (owner, item_id)
);
CREATE INDEX portal_items_at ON portal_items (owner, at);
-- 暂存: what somebody is writing, one for each form.
CREATE TABLE portal_drafts (
    owner TEXT NOT NULL,
    form TEXT NOT NULL,
    at BIGINT NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (owner, form)
);
