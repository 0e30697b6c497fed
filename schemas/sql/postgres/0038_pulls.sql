-- Where each pulled source stands. mark: what the server said for the next conditional request, and the place between
-- pages, as JSON; it moves in the transaction that notes the entries before it. told: why the last pull failed, in Chinese.
CREATE TABLE pulls (
    source_id TEXT COLLATE "C" PRIMARY KEY,
    due_at BIGINT NOT NULL,
    mark TEXT COLLATE "C" NOT NULL,
    failures BIGINT NOT NULL,
    tried_at BIGINT,
    succeeded_at BIGINT,
    told TEXT COLLATE "C" NOT NULL,
    last_taken BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    revised BIGINT NOT NULL,
    refused BIGINT NOT NULL
);
-- Entries that were dealt with, by the hash of their name; entry_text: hash of what they said. told: why one was refused.
CREATE TABLE pulled_entries (
    source_id TEXT COLLATE "C" NOT NULL,
    entry_key BYTEA NOT NULL,
    entry_text BYTEA NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    taken BIGINT NOT NULL,
    told TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (source_id, entry_key)
);
CREATE INDEX pulled_entries_taken ON pulled_entries (source_id, taken, at);
