sources-none = There are no sources yet. Contacts come from a source: a bot, a form or a phone line.
sources-no-operators = There are no operators yet to serve a source.
sources-all = All sources
sources-pages = Pages of sources
page-first = First page
page-next = More sources
operators-pages = Pages of operators
operators-next = More operators
operator-gone = no longer serves it

source = Source
source-new = New source
source-description = Description
source-description-hint = Optional. For those who work with this source.
source-region = Country of phone numbers
source-region-hint = Two letters, such as RU, for phone numbers without a country code. If empty, the server’s default applies.
source-id-space = Shared IDs
source-id-space-hint = Sources with the same word here, such as crm, know people by the same external IDs. If empty, IDs are shared by all Telegram or all WhatsApp sources, and are separate on every other source.
rule-id-space = Enter at most 100 characters, or leave this empty.
source-reply-url = Reply link
source-reply-url-hint = Optional. Operators get a “Reply” button that opens this address, such as tg://user?id={ "{external_id}" } or https://wa.me/{ "{phone}" }. { "{external_id}" }, { "{phone}" } and { "{email}" } are replaced by those of the lead.
rule-reply-url = Enter an address that begins with https://, http:// or tg:// and has { "{external_id}" }, { "{phone}" } or { "{email}" } behind the host name, or leave this empty.
source-settings = Settings
source-is-sticky = sticky
source-policy-short = Policy
source-members = Operators
source-nobody = none
source-arrived = Arrived
source-waits = Waiting
source-assigned = Assigned
source-counts = Contacts
source-waiting = { $n ->
   *[other] { $n } waiting
}
source-phones = phone numbers: { $it }
source-phones-by-server = phone numbers: { $it } (server’s default)
source-no-country = no country for phone numbers
source-no-country-about = Phone numbers without a country code cannot be read: one person may become several leads. Set the country in the settings.
phones-unread = { $n ->
    [one] { $n } stored phone number could not be read. It is only recognised in the same spelling. For numbers without a country code, set the country of their source.
   *[other] { $n } stored phone numbers could not be read. They are only recognised in the same spelling. For numbers without a country code, set the country of their source.
}
phones-unread-many = { $n } stored phone numbers or more could not be read. They are only recognised in the same spelling. For numbers without a country code, set the country of their source.
source-short-phones = Phone numbers may be extensions
source-short-phones-about = For phone systems: numbers of one to four digits, such as 101, are colleagues’ extensions and recognise them on this source. On other sources such short numbers recognise nobody.
source-calendar = Opening hours
source-calendar-none = Always open
source-calendar-hint = While the source is closed, its contacts wait; when it opens, they are assigned at once.
source-fallback = Fallback source
source-fallback-none = None: contacts wait
source-fallback-hint = While this source is closed and the other one is open, its contacts go there; also after as many rounds of offers as are set below, if nobody accepted.
source-falls-back = falls back on
problem-no-fallback = This source falls back on the one you are editing, directly or by way of others, or the chain gets too long. Choose another one.
problem-source-is-fallback = Other sources fall back on this one. Give them another fallback first.
source-open-until = open until
source-capped-until = limit per period reached, until
source-caps = Contacts per period
source-caps-hint = Optional, a line for each limit on how many contacts of this source are given away, to all operators together: 50/day, 10/hour Europe/Moscow, 1/30s (at most one in 30 seconds). Add “kept” to count only contacts that were kept. The rest waits.
source-caps-no-source = These limits are those of this source. Leave out “source”; for an operator it goes on their page.
source-closed = closed
source-closed-until = closed until
source-offers = Offers: operators accept contacts
source-offers-about = With a time to accept, a contact is offered to one operator after the other until somebody accepts it. Without, the operator who gets a contact has it.
source-accept-within = Accept within (seconds)
source-accept-within-hint = 5 to 86400. Leave empty to assign contacts without asking.
source-retry-after = Ask everybody again after (seconds)
source-retry-after-hint = When nobody who is free accepted a contact. Operators who become free meanwhile are asked at once. 60 by default.
source-pause-after = Pause after missed offers
source-pause-after-hint = An operator who lets so many offers in a row pass is paused. Leave empty to pause nobody.
source-escalate-after = Escalate after rounds
source-escalate-after-hint = The event contact_escalated comes after so many rounds in which nobody accepted a contact. Leave empty for never.
source-free-declines = Declining is free
source-free-declines-about = Who declines a contact is owed another, so it does not count against their share. Who lets the time pass is owed nothing.
source-hides-names = Hide colleagues’ names
source-hides-names-about = Operators who ask why they did not get a contact see the reason, but not who got it.
rule-offer-seconds = Enter a whole number of seconds from 5 to 86400.
rule-offer-count = Enter a whole number from 1 to 100, or leave this empty.
source-urgency = First response and ageing
source-respond-within = Respond within, seconds
source-respond-within-hint = From 10 to 1209600, from the arrival of a contact. If nobody has accepted or resolved it, called or written by then, it is overdue. Leave empty for no limit.
source-ageing = Priority by waiting time
source-ageing-hint = A line for each step: seconds of waiting and the least priority from then on, such as 300 5. Up to 8 steps, in the order of time. What was sent stays beside what counts.
source-escalate-priority = Priority at escalation
source-escalate-priority-hint = The least priority of a contact after as many rounds of offers as are set for escalation. From -1000 to 1000; leave empty to keep it.
rule-ageing = Enter seconds and a priority on each line, such as 300 5: at most 8 lines, 1 to 2592000 seconds that rise from line to line, priorities from -1000 to 1000.
source-when-open = When a lead with an open contact writes again
source-when-open-by-kind = As usual for the kind of source
source-when-open-append = Add the message to the open contact
source-when-open-new = Make another contact
source-when-open-hint = In Telegram and WhatsApp people write several short messages: usually these are added, so that they stay with one operator and take one slot. Sources of other kinds usually make another contact.
source-reopen-within = Reopen within (seconds)
source-reopen-within-hint = With further messages going to the open contact: for how long after it was resolved a message reopens it, such as 86400 for a day. Empty: a new contact.
rule-reopen-seconds = Enter a whole number of seconds from 1 to 7776000.
rule-respond-seconds = Enter a whole number of seconds from 10 to 1209600.
source-responds = response within { $n } s
source-offered = accepted within { $n } s
unread-title = Phone numbers that could not be read
unread-none = All phone numbers of this source’s leads could be read.
unread-of-source = { $n ->
    [one] { $n } phone number of this source’s leads could not be read when it arrived.
   *[other] { $n } phone numbers of this source’s leads could not be read when they arrived.
}
unread-readable = { $n ->
    [0] None of them can be read now.
    [one] { $n } can be read now:
   *[other] { $n } can be read now:
}
unread-more = There are too many to count here, so there may be more.
unread-taken = { $n ->
    [one] { $n } of them belongs to another lead already. It stays as it is, and the two leads are marked as possible duplicates; nobody is merged.
   *[other] { $n } of them belong to other leads already. They stay as they are, and the leads are marked as possible duplicates; nobody is merged.
}
unread-unsure = { $n ->
    [one] { $n } stays as it is, because its lead also has contacts from a source that reads it differently or has no country.
   *[other] { $n } stay as they are, because their leads also have contacts from sources that read them differently or have no country.
}
unread-stored = As it arrived
unread-read = As it is read
unread-lead = Lead
unread-is-of = already a number of
unread-yes = Read them again
unread-done = { $n ->
    [0] No number was changed.
    [one] { $n } number was read and saved.
   *[other] { $n } numbers were read and saved.
}
unread-under-way = The remaining numbers are being read now.
unread-set-country = Set the country of this source
source-weights = Weights
source-weights-about = Weights are relative. Leave a field empty to leave an operator out; with 0, they stay but get no contacts automatically.

matrix-title = Weights and shares
matrix-about = Weights are relative within a row. Leave a field empty to leave an operator out.
weight-of = Weight of { $it } for { $source }
weights-save-of = Save the weights of { $it }
weights-gone = An operator in this table has been deleted in the meantime. Nothing was saved; check the table and save again.

weights-empty = No operators: nobody gets contacts
weights-zero = All weights are 0: nobody gets contacts
unsaved-rows = { $n ->
    [one] { $n } unsaved row
   *[other] { $n } unsaved rows
}
unsaved-one = Not saved yet
unsaved-discard = Discard
unsaved-saved = Saved
unsaved-failed = The server could not be reached. Nothing more was saved; what you typed is still here. Try again.

share-actual = Received share
share-received = Received
share-entitled = Entitled
share-entitled-part = Entitled share
share-chance = usually { $it }
share-chance-hint = At least 95 of 100 fair draws end up between these numbers.
share-difference = Difference
share-entitled-hint = “Entitled” is what the weights of that time entitled an operator to in this period, counting for each contact only the operators who could take it. Operators who joined later, were full or paused are entitled to less than their weight says; that is not unfair.

fair-title = Are the shares fair?
fair-none = Not enough data in this period: at least two operators must have been entitled to contacts.
fair-few = Too few contacts to tell: some operators were entitled to fewer than 5 in this period.
fair-good = Yes. The shares follow the weights as closely as a fair draw does.
fair-rare = Perhaps. Fewer than one fair draw in twenty differs this much.
fair-odd = Something besides the draw affects the shares, such as returning leads who go to their last operator: chance alone hardly ever differs this much.
fair-turns = Largest difference between received and entitled, in contacts: { $it }.
fair-no-weights = This policy does not use weights, so operators may receive more or less than their weights entitle them to.
fair-received = Received
fair-received-hint = Contacts assigned by the policy. Manual transfers do not count.
fair-chi = Chi-square
fair-chi-hint = { $n ->
    [0] How far received contacts are from what operators were entitled to, all operators together.
   *[other] How far received contacts are from what operators were entitled to, all operators together. About { $n } is usual for this many operators.
}
fair-p = p-value
fair-p-hint = The proportion of fair draws that differ at least this much. Below 0.001, it is not chance.
fair-jain = Jain’s index
fair-jain-hint = 1 when everybody received the same proportion of what they were entitled to; lower when it is less equal.

next-title = Who gets the next contact
next-about = As of now. The chance is 0 for operators who are full, paused or have the weight 0.
next-waits = A new contact would have to wait.
next-behind = { $n ->
    [one] { $n } contact is waiting already and goes first unless a new one has a higher priority.
   *[other] { $n } contacts are waiting already and go first unless a new one has a higher priority.
}
next-sticky = Returning leads go to their last operator first.
next-chance = Chance
next-more = { $n ->
    [one] and { $n } more operator
   *[other] and { $n } more operators
}
next-zero = weight 0

source-delete = Delete
source-delete-ask = Delete { $it }?
source-delete-means = { $n ->
    [0] There are no open contacts.
    [one] { $n } open contact will be resolved, whether waiting or assigned.
   *[other] { $n } open contacts will be resolved, whether waiting or assigned.
}
source-delete-keeps = Its weights will be deleted. Its contacts and its name stay in the history.
source-delete-surprise = New contacts have arrived in the meantime. Nothing has been deleted yet.
source-delete-yes = Delete source
source-releases = Operators who leave
source-releases-about = Contacts that an operator has go to others when they have been away, or off shift, for so long. Operators who are back before that keep them. A change applies to those who leave from now on.
source-away-release = Release when away for (seconds)
source-away-release-hint = For operators with “Away after”. Empty: they keep their contacts.
source-shift-end-release = Release after the end of a shift (seconds)
source-shift-end-release-hint = Also for leave. Empty: they keep their contacts.
rule-release-seconds = Enter a whole number from 0 to 604,800, or leave this empty.

## The intake of a source

intake-title = Forms and hooks
intake-link = Forms and hooks
intake-done = { $n ->
    [0] No contact was made
    [one] One contact was made
   *[other] { $n } contacts were made
}
intake-address = Address
intake-address-form = A form at this address becomes a contact, without a key. Anybody who knows the address may send.
intake-address-hook = Send JSON or a form to this address; it becomes a contact, without a key. Anybody who knows the address may send, so treat it as a secret.
intake-open-form = Open the form
intake-embed = Put the form on a site
intake-embed-frame = In a frame:
intake-embed-own = Or a form of your own. The script is optional: it passes on where the visitor comes from.
intake-test = Send a test
intake-test-about = Run this line in a terminal; it makes a contact.
intake-rotate = Replace the address
intake-rotate-about = The present address stops working at once. Change it wherever it is used.
intake-none = This source takes in what programs send with a key. With an address it also takes in forms and hooks of other services, without one.
intake-make = Make an address
intake-reading = How it is read
intake-reads = Read as
intake-by-names = By the names of fields
intake-own = My own mapping
intake-reads-hint = By names, fields such as name, phone, email and message are recognised, in English and Russian; everything else is kept with the contact.
intake-rules = Mapping
intake-rules-hint = Where the value of each field is: the name of a field, or a JSONPath such as $.contact.phone; several with a semicolon are tried in order. Choose from what was received last. To change a preset, edit its rows and choose your own mapping above.
intake-target = Field
intake-path = Path
intake-transform = Change
intake-constant = Otherwise
intake-as-is = none
intake-transform-trim = trim
intake-transform-lower = lower case
intake-transform-phone = phone
intake-transform-international = + in front
intake-transform-email = email
intake-transform-join = join all
intake-transform-date = date
intake-transform-number = number
intake-keep-rest = Keep other fields with the contact
intake-preview = What it makes of the last payloads
intake-preview-none = Nothing was received yet. Send a test first.
intake-preview-nobody = Nobody is found in this payload: it would be kept as unmapped.
intake-preview-do = Preview
intake-who = Who may send
intake-secret = Secret
intake-secret-hint = What the service signs with, or sends along. Requests that do not match are refused. It is never shown; leave it empty to keep it.
intake-no-secret = Remove the secret
intake-origins = Sites
intake-origins-hint = Sites whose pages may send and show the form, one on each line, such as https://www.example.com. Empty: all.
intake-redirect = Page after the form
intake-redirect-hint = Empty: a page of thanks.
rule-intake-origins = Give a site on each line with https or http and no path, at most 20
rule-intake-redirect = Give an address that begins with https or http
rule-intake-secret = Give 1 to 512 printable ASCII characters without spaces around them
rule-intake-mapping = The mapping is wrong in row { $it }
intake-unmapped = Not mapped
intake-unmapped-about = Nobody was found in these. Change the mapping, then read them again. Kept for 7 days.
intake-spam = Looks like spam
intake-spam-about = Senders were answered as if all was well. Accept what is none. Kept for 7 days.
intake-taken = Last contacts
intake-taken-about = What the last contacts were made of. Kept for 7 days, or until their lead is erased.
intake-nothing = Nothing.
intake-body = What was received
intake-accept = Accept
intake-rerun = Read again
intake-rerun-all = Read all again
intake-why-nobody = nobody was found in it
intake-why-unanswered = Bitrix24 did not say what is in its lead; it is asked again
intake-why-hidden = a field was filled in that people do not see
intake-why-stamp = its stamp was not made by this server
intake-why-fast = it was filled in within two seconds
intake-why-old = it was shown more than a day before
intake-why-unreadable = it could not be read
