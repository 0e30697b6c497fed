-- The second step of signing in. The seed is closed with a key that comes of secret.key; it counts once a first code was typed.
-- `last_step` is the latest step (30 s) whose code was taken, on whatever node: no code is taken twice.
CREATE TABLE second_steps (
    user_name TEXT COLLATE "C" PRIMARY KEY,
    seed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL
);

-- Codes for the day when the telephone is lost, each good once. Stored as keyed hashes.
CREATE TABLE recovery_codes (
    user_name TEXT COLLATE "C" NOT NULL,
    code_hash BYTEA NOT NULL,
    PRIMARY KEY (user_name, code_hash)
);

-- Who has given the password and not yet the code: no session, opens nothing.
CREATE TABLE half_sign_ins (
    id_hash BYTEA PRIMARY KEY,
    user_name TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    agent TEXT COLLATE "C" NOT NULL
);
