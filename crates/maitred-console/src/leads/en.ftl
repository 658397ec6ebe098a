nav-leads = Leads
leads-search-title = Find a lead
leads-search = Name, phone, email or external ID
leads-find = Find
leads-all = All leads
leads-order = Newest first
leads-newest = Back to the newest
leads-identities = Phone, email, ID
leads-contacts = Contacts
leads-open = Open
leads-since = First seen
leads-double = possible duplicate
leads-none = There are no leads yet. A lead is created with its first contact.
leads-none-such = No lead has a name, phone, email or external ID that starts with this.

lead-facts = About this lead
lead-contacts = { $n ->
    [0] no contacts
    [one] { $n } contact
   *[other] { $n } contacts
}
lead-open = { $n } open
lead-no-contacts = There are no contacts.
lead-merged-into = This lead was merged into another, which now has all the data:
lead-name = Name
lead-doubles = Possible duplicates
lead-doubles-about = Contacts have arrived with details of both this lead and one of these.
lead-doubles-more = and { $n } more
lead-compare = Compare and merge
lead-identity-add = Add phone, email or ID
lead-identity-kind = Type
lead-identity-value = Value
lead-identity-do = Add
merge-with = Merge with another lead
merge-number = Lead ID, phone, email or external ID
merge-compare = Compare
merge-title = Are these the same person?
merge-kept = Stays
merge-absorbed = Will be merged
merge-moves = Moves to { $it }
merge-name = The name will be { $it }.
merge-means = Lead { $n } stays in the history with a link to the lead it was merged into. To undo a merge, separate contacts and details by hand.
merge-yes = Merge leads
merge-swap = Swap
rule-lead-name = Enter a name of at most 100 characters, or leave this empty.
rule-identity = Enter a value of 1 to 254 characters that one person alone has.
rule-identity-space = This lead has no contacts, so it is not known where this ID is from. Add the ID with the first contact.
rule-merge = Choose another lead that exists and has not been merged.
problem-identity-taken = This belongs to another lead.
problem-lead-merged = One of these leads has been merged in the meantime.
problem-lead-too-large = A merge moves at most 10,000 contacts. Swap the leads and try again.

lead-data = Data about this lead
lead-export = Export
lead-erase = Erase
lead-erase-ask = Erase the personal data of { $it }?
lead-erase-means = The name, phones, emails and IDs, and all texts of all contacts will be erased permanently. The contacts and their decisions stay in the history without personal data. This cannot be undone.
lead-erase-yes = Erase data
lead-erased = This lead was erased:
problem-lead-in-use = There are open contacts. Resolve them first.
problem-lead-erased = This lead was erased. If the same person returns, a new lead is created.

split-panel = Separate
split-panel-about = If two people were taken for one, or a merge was wrong.
split-choose = Choose what to separate
split-title = Separate from a lead
split-ask = What does not belong to { $it }?
split-about = The selected contacts, phones, emails and IDs move to a new lead. Operators keep their contacts.
split-yes = Move to a new lead
split-nothing = Select at least one contact, phone, email or ID.
lead-blocked = The lead blocked the bot:
lead-blocked-about = Messages do not reach them until they unblock it or write again.
