-- 待审: at which of the configured stages a manuscript waits.
ALTER TABLE manuscripts ADD COLUMN stage TEXT COLLATE "C";
ALTER TABLE manuscripts ADD COLUMN kind TEXT COLLATE "C" NOT NULL DEFAULT 'opinion';
CREATE INDEX manuscripts_state ON manuscripts (state, created_at);
CREATE INDEX manuscript_steps_actor ON manuscript_steps (actor, at);
