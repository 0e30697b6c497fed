-- Whose item it is: what somebody sent while signed in, for 我的来稿.
CREATE TABLE portal_items (
    owner TEXT COLLATE "C" NOT NULL,
    item_id BYTEA NOT NULL,
    receipt TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (owner, item_id)
);
CREATE INDEX portal_items_at ON portal_items (owner, at);
-- 暂存: what somebody is writing, one for each form.
CREATE TABLE portal_drafts (
    owner TEXT COLLATE "C" NOT NULL,
    form TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    fields TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (owner, form)
);
