-- People who sign in. Passwords are argon2id; nobody but their owner ever knows them.
CREATE TABLE users (
    name TEXT COLLATE "C" PRIMARY KEY,
    title TEXT COLLATE "C" NOT NULL,
    roles TEXT COLLATE "C" NOT NULL,
    password TEXT COLLATE "C",
    password_at BIGINT,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

-- One-time links with which a password is set; without a name it makes the first administrator. Stored as hashes.
CREATE TABLE invitations (
    token_hash BYTEA PRIMARY KEY,
    user_name TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- What a browser holds is random; here is its hash.
CREATE TABLE sessions (
    id_hash BYTEA PRIMARY KEY,
    user_name TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    agent TEXT COLLATE "C" NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_name, created_at);

-- Counted by the name as it was typed, whether there is such an account or not: a lock says nothing about that.
CREATE TABLE sign_in_failures (
    name TEXT COLLATE "C" PRIMARY KEY,
    failures BIGINT NOT NULL,
    at BIGINT NOT NULL,
    locked_until BIGINT
);
