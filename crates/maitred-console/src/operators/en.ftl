operators-no-more = There are no more operators.
operators-search-title = Find an operator
operators-search = Name or external ID
operators-count = { $n ->
    [one] { $n } operator
   *[other] { $n } operators
}
operators-found = { $n ->
    [one] { $n } operator found
   *[other] { $n } operators found
}
operators-searched = Only the first { $n } operators are searched and sorted.
operators-none-such = No operator matches “{ $it }”.
operators-state = State
operators-active = active
operators-sources-hint = Sources where the weight is above 0
operators-serves = { $n ->
    [0] no sources
    [one] { $n } source
   *[other] { $n } sources
}
operator-add = Add operator
operator-new = New operator
operator-name = Name
operator-external-id = External ID
operator-external-id-hint = The ID of this operator in another system. Optional.
operator-notify-email = Email for notices
operator-notify-email-hint = Each assignment and offer is sent there. Optional.
operator-mail-off = This server sends no email: it needs the setting --smtp-url.
operator-mail-refused = The mail server refuses this address: { $it }
rule-notify-email = Enter an address such as anna@example.com, or leave this empty.
operator-max-load = Max open contacts
operator-max-load-hint = Lowering this takes no contacts away. Raising it assigns waiting contacts.
operator-caps = Contacts per period
operator-caps-hint = Optional, a line for each limit: 20/day, 5/hour Europe/Moscow, 300/month, 1/30s (at most one in 30 seconds). Add “source 3” for one source, “kept” to count only contacts that were kept.
operator-caps-slash = Write a limit and a period, such as 20/day.
operator-caps-limit = The limit is a whole number from 1 to { $it }.
operator-caps-window = “{ $it }” is not a period. Write hour, day, week, month, or seconds such as 30s (at most 31 days).
operator-caps-zone = “{ $it }” is not a time zone. Write a name such as Europe/Berlin.
operator-caps-no-zone = A period in seconds has no time zone. Leave out “{ $it }”.
operator-caps-source = Write the number of a source behind “source”.
operator-caps-many = There are too many lines. Enter at most { $n }.
operator-caps-no-source = There is no source { $it }.
operator-away-after = Away after (seconds)
operator-away-after-hint = Optional. Without a sign of them for this long they are away and get no new contacts. An open desk page and everything they do are signs.
rule-away-after = Enter a whole number from 30 to 86,400, or leave this empty.
rule-external-id = Enter at most 254 characters without line breaks, or leave this empty.
problem-external-id-taken = Another operator has this external ID.
operator-delete = Delete
operator-delete-ask = Delete { $it }?
operator-delete-means = { $n ->
    [0] No contacts are assigned to this operator. The name stays in the history.
    [one] { $n } assigned contact will be routed again. The name stays in the history.
   *[other] { $n } assigned contacts will be routed again. The name stays in the history.
}
operator-delete-yes = Delete operator
month-previous = Previous month
month-following = Next month
month-leave = leave
month-holiday = holiday
month-closed = exception: off
month-only = exception
month-plus = extra hours
month-hint = Add leave: choose its first and last day here or above, both included. All of it is in the field “Leave”.
month-from = First day
month-to = Last day
month-add = Add leave
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
