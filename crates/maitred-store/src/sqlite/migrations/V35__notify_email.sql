-- At which e-mail address an operator is told of what they get.
ALTER TABLE operators ADD COLUMN notify_email TEXT;
