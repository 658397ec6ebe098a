nav-leads = Leads
leads-search-title = Find a lead
leads-search = Name, phone, email or external id
leads-find = Find
leads-all = All leads
leads-order = Newest first
leads-newest = To the newest
leads-identities = Known by
leads-contacts = Contacts
leads-open = Open
leads-since = Known since
leads-double = possible duplicate
leads-none = Nobody is known yet. A lead comes into being with its first contact.
leads-none-such = Nobody is known whose name, phone, email or external id begins like this.

lead-facts = About this lead
lead-contacts = { $n ->
    [0] no contacts
    [one] { $n } contact
   *[other] { $n } contacts
}
lead-open = { $n } open
lead-no-contacts = There are no contacts.
lead-merged-into = This lead was merged into another, who has everything now:
lead-name = Name
lead-doubles = May be the same person
lead-doubles-about = A contact came with something that belongs to each of them.
lead-doubles-more = and { $n } more
lead-compare = Compare and merge
lead-identity-add = Add what finds this lead
lead-identity-kind = Kind
lead-identity-value = Value
lead-identity-do = Add
merge-with = Merge with another
merge-number = Its number, phone, email or external id
merge-compare = Compare
merge-title = Are these one person?
merge-kept = Remains
merge-absorbed = Is absorbed
merge-moves = What moves to { $it }
merge-name = The name will be { $it }.
merge-means = Lead { $n } stays in the history and says where everything went. A merge cannot be undone.
merge-yes = Yes, merge
merge-swap = The other way round
rule-lead-name = Give a name of at most 100 characters, or none.
rule-identity = Give a value of 1 to 254 characters.
rule-merge = Name another lead who is there and was not merged.
problem-identity-taken = It belongs to another lead.
problem-lead-merged = One of them was merged in the meantime.
problem-lead-too-large = A merge moves at most 10,000 contacts. Merge the other way round.

lead-data = What is kept about this lead
lead-export = Export
lead-erase = Erase
lead-erase-ask = Forget who { $it } is?
lead-erase-means = The name, what finds this lead, and the messages and attributes of all contacts go for good. The contacts and their decisions stay in the history, of nobody in particular. This cannot be undone.
lead-erase-yes = Yes, erase
lead-erased = This lead was erased:
problem-lead-in-use = There are open contacts. Resolve them first.
problem-lead-erased = This lead was erased. Whoever comes back is a new lead.
