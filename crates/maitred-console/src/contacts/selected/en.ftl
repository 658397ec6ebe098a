contact-delete = Delete
selected-page = Select all on this page
selected-one = Select contact { $n }
selected-bar = Selected contacts
selected-count = { $n ->
    [one] { $n } contact selected
   *[other] { $n } contacts selected
}
selected-all = All that match the filters, not only this page (at most { $n } at a time)
selected-ask-resolve = { $n ->
    [one] Resolve { $n } contact?
   *[other] Resolve { $n } contacts?
}
selected-ask-transfer = { $n ->
    [one] Transfer { $n } contact?
   *[other] Transfer { $n } contacts?
}
selected-ask-release = { $n ->
    [one] Release { $n } contact?
   *[other] Release { $n } contacts?
}
selected-ask-delete = { $n ->
    [one] Delete { $n } contact?
   *[other] Delete { $n } contacts?
}
selected-means-resolve = Their slots go to waiting contacts at once.
selected-means-transfer = Contacts that are with this operator already stay there.
selected-means-release = They are routed again, to a different operator if anybody else can take them.
selected-means-delete = Contacts are deleted with their messages, notes and history. The leads stay. This cannot be undone.
selected-force = Assign even if the operator is full or paused
selected-more = More than { $n } contacts match. These are the first of them; repeat this for the rest.
selected-gone = These contacts do not exist any more: { $it }.
selected-none = There is nothing to do: no contact is selected, or the selected ones are in a state in which this is not possible.
selected-changed-since = { $n ->
    [one] { $n } contact has changed since you selected it
   *[other] { $n } contacts have changed since you selected them
}
selected-changed-about = They stay as they are, unless you select them here.
selected-unsuited-resolve = { $n ->
    [one] Left out: { $n } contact that is resolved already
   *[other] Left out: { $n } contacts that are resolved already
}
selected-unsuited-transfer = { $n ->
    [one] Left out: { $n } contact that is resolved
   *[other] Left out: { $n } contacts that are resolved
}
selected-unsuited-release = { $n ->
    [one] Left out: { $n } contact that nobody has
   *[other] Left out: { $n } contacts that nobody has
}
selected-unsuited-delete = { $n ->
    [one] Left out: { $n } contact
   *[other] Left out: { $n } contacts
}
selected-done-resolve = { $n ->
    [0] No contact was resolved
    [one] { $n } contact resolved
   *[other] { $n } contacts resolved
}
selected-done-transfer = { $n ->
    [0] No contact was transferred to { $it }
    [one] { $n } contact transferred to { $it }
   *[other] { $n } contacts transferred to { $it }
}
selected-done-release = { $n ->
    [0] No contact was released
    [one] { $n } contact released
   *[other] { $n } contacts released
}
selected-done-delete = { $n ->
    [0] No contact was deleted
    [one] { $n } contact deleted
   *[other] { $n } contacts deleted
}
selected-failed = { $n ->
    [one] { $n } contact was not changed. The reason is given below.
   *[other] { $n } contacts were not changed. The reasons are given below.
}
selected-rest = { $n ->
    [one] { $n } contact was not reached, and was not changed.
   *[other] { $n } contacts were not reached, and were not changed.
}
selected-go-on = { $n ->
    [one] Continue with { $n } contact
   *[other] Continue with { $n } contacts
}
selected-changed = Changed in the meantime, so it was left as it is now.
selected-now = Now
selected-deleted = Deleted
selected-back = Back to the list
problem-outcome-unknown = It is not known whether this was stored. Look at the contact.
