-- Receipts that go back by mail: to whom a notice of the channel "reply" goes, and which mail it answers.
CREATE TABLE mail_replies (
    notice_no BIGINT PRIMARY KEY,
    source_id TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    in_reply_to TEXT COLLATE "C" NOT NULL
);
