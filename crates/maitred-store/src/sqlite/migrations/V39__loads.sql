-- What reports are made of knows more now: from whom a contact was taken. All of it is read from the feed again.
DELETE FROM report_facts;
DELETE FROM report_days;
DELETE FROM report_contacts;
DELETE FROM report_progress;
