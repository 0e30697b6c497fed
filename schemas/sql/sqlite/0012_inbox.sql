-- 领取: who holds an item. The reason under which it was closed (不采用) or the unit that it went to (直转).
ALTER TABLE items ADD COLUMN holder TEXT;
ALTER TABLE items ADD COLUMN held_at BIGINT;
ALTER TABLE items ADD COLUMN closing TEXT;

-- The inbox reads one state by urgency and number; what it filters by is in the index, so 50,000 waiting items are
-- filtered without touching their rows.
CREATE INDEX items_inbox ON items (state, urgency, no, holder, district, subject, reporter_kind);
DROP INDEX items_state;

-- What somebody did at the desk in one go, so that it can be undone in one go.
CREATE TABLE desk_acts (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    moved TEXT NOT NULL,
    skipped TEXT NOT NULL,
    undone_at BIGINT
);

-- Notes among editors; never part of the item.
CREATE TABLE item_notes (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    item_no BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX item_notes_item ON item_notes (item_no, no);
