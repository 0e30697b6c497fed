-- A/B 岗: who stands in for whom, from day to day (both included). One row a person that is away; the log keeps the past.
CREATE TABLE covers (
    user_name TEXT COLLATE "C" PRIMARY KEY,
    deputy TEXT COLLATE "C" NOT NULL,
    from_day TEXT COLLATE "C" NOT NULL,
    until_day TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX covers_deputy ON covers (deputy);
