-- How many contacts an operator gets in an hour, a day and so on, and what was counted, in JSON that maitred-core reads.
ALTER TABLE operators ADD COLUMN caps TEXT;
