-- Whom the identity platform (OIDC) names, and the account that they open here: bound by an administrator, by its owner, or by a
-- name that the configuration trusts. The claim is part of the key: the same number in another claim is somebody else.
CREATE TABLE identities (
    issuer TEXT COLLATE "C" NOT NULL,
    claim TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    user_name TEXT COLLATE "C" NOT NULL,
    bound_at BIGINT NOT NULL,
    seen_at BIGINT,
    PRIMARY KEY (issuer, claim, subject)
);
CREATE UNIQUE INDEX identities_user ON identities (user_name, issuer, claim);

-- Answers of the platform that were taken, on whatever node: none is taken twice. Hashes, kept as long as an answer may take.
CREATE TABLE identity_answers (
    state_hash BYTEA PRIMARY KEY,
    taken_at BIGINT NOT NULL
);

-- By what somebody came who is asked for a code next.
ALTER TABLE half_sign_ins ADD COLUMN how TEXT COLLATE "C" NOT NULL DEFAULT 'password';
