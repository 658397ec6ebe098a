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
reports-heat = Arrivals by weekday and hour
reports-hour = Hour
reports-link = Reports
