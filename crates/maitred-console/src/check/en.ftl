check-title = Check
check-findings = What is wrong
check-about = Now and in the next 7 days.
check-nothing = Nothing is wrong: every source is served, and everybody can get contacts.
check-is-error = error
check-is-warning = warning
check-is-advice = advice
check-from = first from
check-since = since
check-open = Open
check-open-of = Open { $it }
check-link = Check
check-more = { $n ->
    [one] { $n } more source is not served
   *[other] { $n } more sources are not served
}
check-who = Who gets a contact?
check-who-about = At this moment or another, as far as is known by now.
check-who-at = When
check-who-ask = Show
check-who-waits = waits
check-who-opens = It opens:
check-who-share = Share
check-who-why-not = Why not
check-who-by-load = by load or idleness
check-who-moves = The source is closed: its contacts go to
check-who-waits-there = and wait there: nobody may get them.
check-who-capped = The source has reached a cap.
check-who-closed = The source is closed.
check-who-nobody = The source is open, and nobody may get its contacts.
check-who-somebody = A contact goes to one of those with a share.
check-source-without-operators = Nobody serves { $it }: it has no operators.
check-source-without-operators-fix = Add operators on the page of the source.
check-source-without-weights = Nobody serves { $it }: all its operators have the weight 0.
check-source-without-weights-fix = Give at least one operator a weight above 0.
check-source-nobody-active = Nobody serves { $it }: all its operators are switched off or have a limit of 0.
check-source-nobody-active-fix = Switch somebody on, or raise their limit.
check-source-nobody-now = { $n ->
    [one] Nobody serves { $it } now: its one operator is off shift, paused or away.
   *[other] Nobody serves { $it } now: all { $n } operators are off shift, paused or away.
}
check-source-nobody-now-fix = Resume somebody, change a shift, or let the source close at these hours.
check-source-nobody-later = { $n ->
    [one] { $it } is open while nobody is on shift: once in the next 7 days, { $m } h.
   *[other] { $it } is open while nobody is on shift: { $n } times in the next 7 days, { $m } h together.
}
check-source-nobody-later-fix = Give somebody shifts at these hours, or let the source close.
check-source-always-open = { $n ->
    [one] { $it } is always open, and nobody is on shift once in the next 7 days, { $m } h.
   *[other] { $it } is always open, and nobody is on shift { $n } times in the next 7 days, { $m } h together.
}
check-source-always-open-fix = If that is meant, give the source a calendar, so that it is closed then; else give somebody shifts.
check-source-never-open = { $it } is closed for all of the next 7 days.
check-source-never-open-fix = Choose another calendar for the source, or add hours to this one.
check-source-caps-below-arrivals = The caps of { $it } allow about { $m } contacts a week, and { $n } arrived in the last 7 days.
check-source-caps-below-arrivals-fix = Raise the caps of the source, or expect contacts to wait longer every day.
check-source-without-region = { $n ->
    [one] { $it } has no country, and { $n } phone came without a country code.
   *[other] { $it } has no country, and { $n } phones came without a country code.
}
check-source-without-region-fix = Set the country of the source, and read its phones again.
check-fallback-closed = { $it } and its fallback { $other } are closed at the same time: contacts wait.
check-fallback-closed-fix = Choose a fallback that is open at these hours, or change a calendar.
check-fallback-unserved = Contacts of { $it } go to { $other } while it is closed, and nobody serves { $other }.
check-fallback-unserved-fix = Give the fallback operators with a weight, or choose another.
check-intake-unmapped = { $n ->
    [one] { $it } received { $n } payload of which no contact could be made.
   *[other] { $it } received { $n } payloads of which no contact could be made.
}
check-intake-unmapped-fix = Correct the mapping, and read them again.
check-bot-fault = Nothing is heard from the bot of { $it }.
check-operator-inactive = { $n ->
    [one] { $it } is switched off and has a weight on { $n } source.
   *[other] { $it } is switched off and has a weight on { $n } sources.
}
check-operator-inactive-fix = Switch them on; or remove them from their sources if they do not come back.
check-operator-without-sources = { $it } gets nothing: they serve no source.
check-operator-without-sources-fix = Add them to a source.
check-operator-without-weight = { $it } gets nothing: their weight is 0 on all their sources.
check-operator-without-weight-fix = Give them a weight above 0 on a source.
check-operator-without-room = { $it } gets nothing: their limit is 0.
check-operator-without-room-fix = Raise their limit.
check-operator-never-on-shift = { $it } gets nothing: their calendar has no hours in the next 7 days.
check-operator-never-on-shift-fix = Choose another calendar for them, or end their leave.
check-share-above-caps = The weight of { $it } on { $other } comes to about { $n } contacts a week, and their caps allow { $m }.
check-share-above-caps-fix = Lower the weight or raise the cap: what they cannot take goes to others.
check-chat-blocked = { $it } is not told of contacts in Telegram: the bot was blocked.
check-chat-blocked-fix = Let them start the bot again and link it again.
check-mail-refused = { $it } is not told of contacts by e-mail: the address refuses mail.
check-mail-refused-fix = Correct the address of the operator.
check-endpoint-disabled = { $it } gets no events: somebody switched it off.
check-endpoint-disabled-fix = Switch it on, or delete it if nobody needs it.
check-endpoint-stopped = { $it } gets no events: it was switched off because its calls failed.
check-endpoint-stopped-fix = Repair the receiver and switch the endpoint on: it goes on where it stopped.
check-endpoint-failing = { $n ->
    [one] { $it } fails: { $n } call since the last one that succeeded.
   *[other] { $it } fails: { $n } calls since the last one that succeeded.
}
check-endpoint-failing-fix = See what its last calls were answered.
