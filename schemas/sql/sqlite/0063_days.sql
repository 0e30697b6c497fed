-- Who of the office wants a daily e-mail of their 待办, and for which day it was written last.
CREATE TABLE task_mails (
    user_name TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    told_on TEXT NOT NULL
) WITHOUT ROWID;
-- Accounts that end with a day (会期账户): disabled after it by themselves.
CREATE TABLE account_ends (
    user_name TEXT PRIMARY KEY,
    ends_on TEXT NOT NULL
) WITHOUT ROWID;
