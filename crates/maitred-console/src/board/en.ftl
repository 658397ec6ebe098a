total-waiting = Waiting
total-oldest = oldest
total-nobody = nobody is waiting
total-rate = Arrived
total-rate-note = in the last 60 s
total-load = Assigned
total-slots = { $n ->
    [one] of { $n } slot
   *[other] of { $n } slots
}
total-active = Active
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
    [one] no data on waiting contacts for the first minute
   *[other] no data on waiting contacts for the first { $n } minutes
}
chart-arrived-summary = Contacts per minute over the last hour: { $total } in total, at most { $most } in a minute
chart-waiting-summary = Waiting contacts over the last hour: { $now } now, at most { $most }

operators-title = Operators
operators-none = There are no operators yet.
operators-cut = Only the first { $n } are shown.
operators-all = All operators
operators-of = among the first { $n } operators
operator-takes = { $it } gets new contacts
operator-on = gets new contacts
operator-off = paused
operator-until = until
operator-no-answer = did not answer offers
operator-capped = cap reached
operator-away = away
operator-since = since
operator-full = full
operator-last = Last contact
operator-never = no contacts yet
load-of = of { $n }

waiting-title = Waiting
waiting-overdue = { $n ->
    [one] { $n } contact is overdue: { $it }
   *[other] { $n } contacts are overdue: { $it }
}
waiting-overdue-more = { $n ->
    [one] and { $n } more source with overdue contacts
   *[other] and { $n } more sources with overdue contacts
}
waiting-none = Nobody is waiting. Every contact has an operator.
waiting-none-now = Nobody is waiting right now.
waiting-source = Source
waiting-count = Waiting
waiting-oldest = Oldest
waiting-more = { $n ->
    [one] and { $n } more source with waiting contacts
   *[other] and { $n } more sources with waiting contacts
}
waiting-scheduled = { $n ->
    [one] { $n } contact is scheduled for later.
   *[other] { $n } contacts are scheduled for later.
}
waiting-calm = { $n ->
    [one] No waiting contacts in { $n } other source.
   *[other] No waiting contacts in { $n } other sources.
}

stream-title = Just assigned
stream-none = No contacts have been assigned yet.
stream-example = Send your first contact
stream-example-key = YOUR-KEY
stream-by-hand = manually
stream-by-hand-of = manually by { $it }
stream-reopened-of = reopened by { $it }
stream-reopened = reopened
stream-waited = after { $it }
stream-at-once = immediately

# What somebody has to do about the hours by a calendar
hours-ended = Calendar “{ $it }”: hours were known only until { $at } UTC, and nobody gets contacts by them now.
hours-run-out = Calendar “{ $it }”: hours are known only until { $at } UTC; after that nobody gets contacts by them.
hours-not-current = Calendar “{ $it }”: hours are not up to date.
hours-newer = They were computed with newer time zones and holidays ({ $theirs }) than this server has ({ $here }): update maitred on this server.
hours-older = They were computed with older time zones and holidays ({ $theirs }) than this server has ({ $here }), and could not be computed again: the server’s log says why.
hours-mistakes = This server cannot read the calendar: open it, press Save, and correct what is named.
hours-see-log = The server could not compute them again: its log says why.
