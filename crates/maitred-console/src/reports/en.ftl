reports-title = Reports
reports-choose = Period
reports-usual = Usual periods
reports-days = { $n ->
    [365] 12 months
   *[other] { $n } days
}
reports-from = From
reports-to = To, inclusive
reports-zone = Time zone
reports-show = Show
reports-to-before = This is before the first day.
reports-too-long = The longest period has { $n } days.
reports-incomplete = Earlier events are still being counted. The figures are complete up to
reports-before = before: { $it }
reports-arrived = Arrived
reports-assigned = Assigned
reports-resolved = Resolved
reports-reopened = Reopened
reports-overdue = Without a response in time
reports-waiting-now = Waiting now
reports-arrivals = Arrivals by day
reports-arrivals-days = Arrivals, { $n } days a bar
reports-contacts = { $n ->
    [one] { $n } contact
   *[other] { $n } contacts
}
reports-speed = How long it took
reports-what = What
reports-longest = Longest
reports-to-assign = To the first operator
reports-to-respond = To the first response
reports-to-resolve = To the resolution
reports-speed-about = From the arrival of a contact, or from when it was reopened. 90 % means: nine of ten took no longer.
reports-rounded = The percentages are rounded by less than 1 %.
reports-shares = Shares
reports-received = Received
reports-entitled = Entitled to
reports-chance = By chance
reports-nobody = Nobody received contacts in this period.
reports-work = Operators
reports-per-day = Resolved a day
reports-offers = Offers accepted / declined / not answered
reports-response-median = Median to response
reports-heat = Arrivals and people on, by weekday and hour
reports-heat-cut = { $n ->
    [one] The period is longer: these are its last { $n } day.
   *[other] The period is longer: these are its last { $n } days.
}
reports-heat-past = In the period
reports-heat-ahead = Next 7 days
reports-heat-about = Number: contacts that arrived. Colour: people who were on, by their calendars. Red border: contacts arrived while nobody was. A cell opens the contacts of the last such hour.
reports-heat-ahead-about = Number: contacts to be expected, as many as arrived on average. Colour: people who will be on. Red border: contacts are expected and nobody will be. A cell opens who gets them.
reports-heat-cell = { $when }: { $contacts }, people on: { $people }
reports-heat-ahead-cell = { $when }: contacts expected: { $contacts }, people on: { $people }
reports-heat-unattended = { $n ->
    [one] { $n } of them while nobody was on
   *[other] { $n } of them while nobody was on
}
reports-loads = Contacts held
reports-loads-by-day = by day
reports-nobody-held = Nobody held contacts in this period.
reports-load-bar = { $when }: { $mean } on average, { $most } at most
reports-load-mean = On average
reports-load-most = At most
reports-load-limit = Limit
reports-load-full = Hours full
reports-bar-days = { $n ->
    [one] a bar is { $n } day
   *[other] a bar is { $n } days
}
reports-loads-about = At a time, over all hours, nights included. Full means: as many as the limit of today, or more.
reports-loads-about-source = At a time, of this source, over all hours, nights included. Hours full are known only of all sources together.
reports-loads-since = More happened than is counted at once, so these figures begin at
reports-link = Reports
