-- A new phone wrote a page of each index that its place in was anywhere. What most identities are searched by is their
-- value, or that without the +, which the key of the table finds as well; only others need an index.
DROP INDEX identities_search;
CREATE INDEX identities_search ON identities (kind, search) WHERE search <> value AND '+' || search <> value;

-- The last digits of phones are looked for from the newest lead on, in an index that grows at its end.
DROP INDEX identities_tail;
DROP INDEX identities_lead;
CREATE INDEX identities_lead ON identities (lead_id, tail);
