-- 联名: who was named beside the author and has an account: told, and free to say 不是我.
CREATE TABLE cosigners (
    item_id BLOB NOT NULL,
    name TEXT NOT NULL,
    account TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    denied_at BIGINT,
    PRIMARY KEY (item_id, name)
) WITHOUT ROWID;
CREATE INDEX cosigners_account ON cosigners (account);
