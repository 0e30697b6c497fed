-- 本级审核 for every way in: what waits is kept as it will be accepted. Those without an item are of the form alone.
ALTER TABLE unit_drafts ADD COLUMN item TEXT;
ALTER TABLE unit_drafts ADD COLUMN source TEXT NOT NULL DEFAULT 'portal';
ALTER TABLE unit_drafts ADD COLUMN receipt TEXT NOT NULL DEFAULT '';
ALTER TABLE unit_drafts ADD COLUMN request_key TEXT NOT NULL DEFAULT '';
ALTER TABLE unit_drafts ADD COLUMN corrects BLOB;
ALTER TABLE unit_drafts ADD COLUMN as_unit BIGINT NOT NULL DEFAULT 1;
CREATE INDEX unit_drafts_receipt ON unit_drafts (receipt);
CREATE INDEX unit_drafts_corrects ON unit_drafts (corrects);
