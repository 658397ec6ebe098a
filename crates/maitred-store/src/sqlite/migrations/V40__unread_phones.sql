-- Phones that could not be read, found by comparing alone. Functions in the condition of an index are called for every
-- new row, and SQLite keeps the pages of a statement that calls any as they were before, to be able to undo it. Every
-- phone that was in the index is in it now, and those with an extension besides: '+' || search is the value of a phone
-- that is a plus and digits, and of no other.
DROP INDEX identities_unread;
CREATE INDEX identities_unread ON identities (lead_id, value)
    WHERE kind = 1 AND space = ''
        AND ('+' || search <> value OR value >= '+83' AND value < '+84' OR value >= '+89' AND value < '+8:');
