-- Keys by which a person's own programs call the desk with that person's rights. Stored as hashes.
CREATE TABLE personal_keys (
    key_hash BLOB PRIMARY KEY,
    user_name TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    seen_at BIGINT
) WITHOUT ROWID;
CREATE INDEX personal_keys_user ON personal_keys (user_name, created_at);
