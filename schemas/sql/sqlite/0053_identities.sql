-- Whom the identity platform (OIDC) names, and the account that they open here: bound by an administrator, by its owner, or by a
-- name that the configuration trusts. The claim is part of the key: the same number in another claim is somebody else.
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    claim TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_name TEXT NOT NULL,
    bound_at BIGINT NOT NULL,
    seen_at BIGINT,
    PRIMARY KEY (issuer, claim, subject)
) WITHOUT ROWID;
CREATE UNIQUE INDEX identities_user ON identities (user_name, issuer, claim);

-- Answers of the platform that were taken, on whatever node: none is taken twice. Hashes, kept as long as an answer may take.
CREATE TABLE identity_answers (
    state_hash BLOB PRIMARY KEY,
    taken_at BIGINT NOT NULL
) WITHOUT ROWID;

-- By what somebody came who is asked for a code next.
ALTER TABLE half_sign_ins ADD COLUMN how TEXT NOT NULL DEFAULT 'password';
