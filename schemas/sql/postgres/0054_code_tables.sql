-- 基础数据: what the office changed in its tables, laid over those that come with the program; never deleted. body: the
-- change as JSON; undone_at: when it was undone.
CREATE TABLE code_changes (
    no BIGINT PRIMARY KEY,
    code_table TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    undone_by TEXT COLLATE "C",
    undone_at BIGINT
);
CREATE INDEX code_changes_row ON code_changes (code_table, code, no);
