-- An invented version 0 called the ledger's `who` `loaded_by`, and kept regions of persons in six digits.
ALTER TABLE ledger RENAME COLUMN loaded_by TO who;
UPDATE n_person SET region = left(region, 2) || '0000'
WHERE region IS NOT NULL;
