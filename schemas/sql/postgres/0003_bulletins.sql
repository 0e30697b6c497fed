-- 增刊 are numbered apart; 补录 (paper) and 往期 (past) are told from what the desk issued itself.
ALTER TABLE issues ADD COLUMN supplement BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN origin TEXT COLLATE "C" NOT NULL DEFAULT 'desk';
DROP INDEX issues_number;
CREATE UNIQUE INDEX issues_number ON issues (series, year, supplement, number) WHERE number IS NOT NULL;

-- 总第N期 is this base plus the number of the year: numbers have no gap, so a number given back needs no second count.
UPDATE number_books SET total = total - highest;

-- Numbers up to this one were used before the system came, or are known from imported issues.
ALTER TABLE number_books ADD COLUMN opening BIGINT NOT NULL DEFAULT 0;
