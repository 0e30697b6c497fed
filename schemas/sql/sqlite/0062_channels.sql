-- A channel of the office's own (短信, 政务通讯) that a contributor chose, when it is used, and their number there.
ALTER TABLE notice_choices ADD COLUMN way TEXT NOT NULL DEFAULT '';
ALTER TABLE notice_choices ADD COLUMN way_when TEXT NOT NULL DEFAULT 'none';
ALTER TABLE notice_choices ADD COLUMN number TEXT NOT NULL DEFAULT '';
