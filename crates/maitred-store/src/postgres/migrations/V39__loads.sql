-- What reports are made of knows more now: from whom a contact was taken. All of it is read from the feed again.
DELETE FROM maitred.report_facts;
DELETE FROM maitred.report_days;
DELETE FROM maitred.report_contacts;
DELETE FROM maitred.report_progress;
