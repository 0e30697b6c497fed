-- 联名: who was named beside the author and has an account: told, and free to say 不是我.
CREATE TABLE cosigners (
    item_id BYTEA NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    told_at BIGINT NOT NULL,
    denied_at BIGINT,
    PRIMARY KEY (item_id, name)
);
CREATE INDEX cosigners_account ON cosigners (account);
