-- 不是同一人: pairs of the registry that somebody looked at and that are not proposed as doubles again; the lower number first.
CREATE TABLE reporter_distinct (
    one_no BIGINT NOT NULL,
    two_no BIGINT NOT NULL,
    said_by TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (one_no, two_no)
);
