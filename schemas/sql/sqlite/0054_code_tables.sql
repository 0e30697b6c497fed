-- 基础数据: what the office changed in its tables, laid over those that come with the program; never deleted. body: the
-- change as JSON; undone_at: when it was undone.
CREATE TABLE code_changes (
    no BIGINT PRIMARY KEY,
    code_table TEXT NOT NULL,
    code TEXT NOT NULL,
    body TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    undone_by TEXT,
    undone_at BIGINT
) WITHOUT ROWID;
CREATE INDEX code_changes_row ON code_changes (code_table, code, no);
