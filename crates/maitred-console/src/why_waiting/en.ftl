why-source-closed = The source is closed. When it opens is not in its calendar for the next weeks.
why-source-closed-until = The source is closed until
why-source-capped-until = The limit of contacts of this source per period is reached until
why-source-hours-unknown = The hours of this source are not known any further, so nothing is assigned. Check its calendar.
why-no-operators = No operator serves this source.
why-no-weights = All operators of this source have the weight 0, so nobody gets its contacts automatically.
why-paused = { $n ->
    [one] The only operator of this source is paused.
   *[other] All { $n } operators of this source are paused.
}
why-capped = { $n ->
    [one] The only operator with free slots has reached a limit per period.
   *[other] All { $n } operators with free slots have reached a limit per period.
}
why-full = { $n ->
    [one] The only operator of this source is full.
   *[other] All { $n } operators of this source are full.
}
why-full-or-paused = Nobody has room: { $full } full, { $paused } paused.
why-first = Probably free first: { $it }, who has had the oldest contact for
why-add-operators = Add operators
why-resume = Resume { $it }
why-see-paused = Show paused operators
why-raise-limit = Change the limit of { $it }
why-scheduled-until = It is scheduled: nobody gets it before
why-reserved-until = It is reserved for an operator who cannot take it yet. Anybody may get it at
why-rests-until = Nobody who is free accepted it. Operators who become free are asked at once, everybody again at
why-title = Why it is waiting
why-next = It is next in line on this source.
why-before = { $n ->
    [one] { $n } contact of this source goes before it.
   *[other] { $n } contacts of this source go before it.
}
why-before-many = More than { $n } contacts of this source go before it.
why-off-shift = { $n ->
    [one] The only operator of this source does not work now.
   *[other] None of the { $n } operators of this source works now.
}
why-off-shift-or-paused = Nobody works now: { $off } off shift, { $paused } paused.
why-full-paused-or-off-shift = Nobody has room: { $full } full, { $paused } paused, { $off } off shift.
why-next-available = Next available:
