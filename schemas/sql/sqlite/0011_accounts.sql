-- People who sign in. Passwords are argon2id; nobody but their owner ever knows them.
CREATE TABLE users (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    roles TEXT NOT NULL,
    password TEXT,
    password_at BIGINT,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
) WITHOUT ROWID;

-- One-time links with which a password is set; without a name it makes the first administrator. Stored as hashes.
CREATE TABLE invitations (
    token_hash BLOB PRIMARY KEY,
    user_name TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;

-- What a browser holds is random; here is its hash.
CREATE TABLE sessions (
    id_hash BLOB PRIMARY KEY,
    user_name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    agent TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_name, created_at);

-- Counted by the name as it was typed, whether there is such an account or not: a lock says nothing about that.
CREATE TABLE sign_in_failures (
    name TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    at BIGINT NOT NULL,
    locked_until BIGINT
) WITHOUT ROWID;
