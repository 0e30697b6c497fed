-- A/B 岗: who stands in for whom, from day to day (both included). One row a person that is away; the log keeps the past.
CREATE TABLE covers (
    user_name TEXT PRIMARY KEY,
    deputy TEXT NOT NULL,
    from_day TEXT NOT NULL,
    until_day TEXT NOT NULL,
    at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX covers_deputy ON covers (deputy);
