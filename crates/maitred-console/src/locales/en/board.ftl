total-waiting = Waiting
total-oldest = oldest
total-nobody = nobody waits
total-rate = Arrived
total-rate-note = in the last 60 s
total-load = In work
total-slots = { $n ->
    [one] of { $n } slot
   *[other] of { $n } slots
}
total-active = On duty
total-operators = { $n ->
    [one] of { $n } operator
   *[other] of { $n } operators
}

chart-title = Last hour
chart-arrived = Arrived
chart-waited = Waiting now
chart-this-minute = This minute so far
chart-minutes-ago = { $n } min ago
chart-now = now
chart-bar = { $n ->
    [one] { $n } contact
   *[other] { $n } contacts
}
chart-waiting = { $n } waiting
chart-unknown = { $n ->
    [one] nothing is known of who waited in the first minute
   *[other] nothing is known of who waited in the first { $n } minutes
}
chart-arrived-summary = Contacts per minute over the last hour: { $total } in all, at most { $most } in a minute
chart-waiting-summary = Contacts that waited over the last hour: { $now } now, at most { $most }

operators-title = Operators
operators-none = There is nobody yet who could take a contact.
operators-cut = Only the first { $n } are shown.
operators-all = All operators
operators-of = among the first { $n } operators
operator-takes = { $it } takes new contacts
operator-on = takes new contacts
operator-off = paused
operator-full = full
operator-last = Last contact
operator-never = no contact yet
load-of = of { $n }

waiting-title = Waiting
waiting-none = Nobody waits. Every contact has an operator.
waiting-source = Source
waiting-count = Waiting
waiting-oldest = Oldest
waiting-more = { $n ->
    [one] and { $n } more source with somebody waiting
   *[other] and { $n } more sources with somebody waiting
}
waiting-calm = { $n ->
    [one] Nobody waits at { $n } other source.
   *[other] Nobody waits at { $n } other sources.
}

stream-title = Just assigned
stream-none = Nothing was assigned yet.
stream-example = The first contact is one request away
stream-example-key = YOUR-KEY
stream-by-hand = by hand
stream-reopened = reopened
stream-waited = after { $it }
stream-at-once = at once
