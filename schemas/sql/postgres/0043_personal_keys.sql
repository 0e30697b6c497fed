-- Keys by which a person's own programs call the desk with that person's rights. Stored as hashes.
CREATE TABLE personal_keys (
    key_hash BYTEA PRIMARY KEY,
    user_name TEXT COLLATE "C" NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    seen_at BIGINT
);
CREATE INDEX personal_keys_user ON personal_keys (user_name, created_at);
