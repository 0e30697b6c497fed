-- Failed sign-ins by the client's address, under whatever names. A success takes nothing off: who has one account of his own
-- could go on guessing at the others.
CREATE TABLE sign_in_addresses (
    address TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    since BIGINT NOT NULL,
    locked_until BIGINT
) WITHOUT ROWID;
