calendars = Calendars
calendars-none = There are no calendars yet. Without one, operators work at all times.
calendar-add = Add calendar
calendar-new = New calendar
calendar-name = Name
calendar-zone = Time zone
calendar-zone-hint = A name such as Europe/Berlin. Hours below are those of clocks there.
calendar-cycle = Cycle, days
calendar-cycle-hint = 7 for a week. For shifts such as two days on, two days off: 4. Press Check to see as many days.
calendar-anchor = First day of the cycle
calendar-anchor-hint = Only for cycles other than a week, such as 2026-12-01.
calendar-hours-hint = Hours of each day, such as 09:00–13:00, 14:00–18:00. A night shift is 22:00–06:00, on the day it begins. Leave a day empty if it is off.
calendar-day-0 = Monday
calendar-day-1 = Tuesday
calendar-day-2 = Wednesday
calendar-day-3 = Thursday
calendar-day-4 = Friday
calendar-day-5 = Saturday
calendar-day-6 = Sunday
calendar-grid = Hours of each day
calendar-grid-week = { $it } a week
calendar-grid-cycle = { $n ->
    [one] { $it } in { $n } day
   *[other] { $it } in { $n } days
}
calendar-grid-add = Add hours:
calendar-grid-removed = Removed:
calendar-grid-remove = Remove hours
calendar-grid-full = There is no room on this day.
calendar-grid-unclear = The field of this day cannot be read. Correct it first.
calendar-grid-hint = Draw hours here, drag them, or drag their edges; the fields below follow, and so does this when you type. Keys: arrows move hours, Shift with ↑ or ↓ moves their end, Delete removes them.
calendar-more-days = Days after day { $n } stay as they are. They are set with the API.
calendar-day-n = Day { $n }
calendar-holidays = Public holidays
calendar-holidays-hint = Codes such as DE-BY, AT or PL. Leave empty for none.
calendar-exceptions = Exceptions
calendar-exceptions-hint = One a line: 2027-05-07 closed, 2027-05-08 only 10:00–14:00, or 2027-05-10 plus 19:00–21:00.
calendar-leave = Closed from, to
calendar-leave-hint = One a line: 2027-08-02 – 2027-08-13, both days included.
calendar-weeks = Hours in the next weeks, from now on
calendar-week = Week of
calendar-open = Hours
calendar-next-week = Hours next week
calendar-check = Check
calendar-users = Who goes by it
calendar-users-none = Nobody yet. Choose it on the page of an operator or in the settings of a source.
calendar-delete = Delete calendar
calendar-delete-means = Its hours, exceptions and holidays are gone for good.
problem-calendar-in-use = Operators work by this calendar, or sources are open by it. Give them another one first.
calendar-line = Line { $line }: { $what }
calendar-zone-nearest = This is not a time zone. Did you mean { $it }?
calendar-zone-unknown = This is not a time zone. Enter a name such as Europe/Berlin.
calendar-cycle-days = Enter a whole number from 1 to { $n }.
calendar-no-anchor = Enter the first day of the cycle.
calendar-not-a-date = Enter a date such as 2027-05-07.
calendar-not-a-time = Enter times such as 09:00–18:00.
calendar-not-a-moment = Enter dates such as 2027-08-02, or times such as 2027-08-02T12:00.
calendar-day = This day is not part of the cycle.
calendar-next-day = This begins after its day. Put it on the day on which it begins.
calendar-empty = This is empty. Let it end after it begins, or write 00:00–24:00 for a whole day.
calendar-overlap = This overlaps { $it }.
calendar-kind = Write closed, only or plus behind the date.
calendar-closed-with = A closed day has no hours.
calendar-no-intervals = Add hours, such as 10:00–14:00.
calendar-contradiction = Another line says something else about this date.
calendar-holidays-nearest = There is no such set of holidays. Did you mean { $it }?
calendar-holidays-unknown = There is no such set of holidays. There are { $it }.
calendar-end-first = This ends before it begins.
calendar-too-many = There are too many. Enter at most { $n }.
shift-off = off shift
shift-on-leave = on leave
shift-unknown = hours unknown
operator-calendar = Calendar
operator-calendar-none = Works at all times
operator-exceptions = Exceptions
operator-leave = Leave
operator-no-calendar = Choose a calendar first: it says in which time zone dates are.
calendar-ics = iCalendar
calendar-ics-download = Download hours (.ics)
calendar-ics-file = Closed days from a file
calendar-ics-hint = An .ics file of another program, at most 1 MiB. Events that take whole days, from today on, close the calendar on these days. Nothing is saved before you have seen it.
calendar-ics-check = Check file
calendar-ics-none = Choose a file.
calendar-ics-too-large = The file is larger than 1 MiB. Split it.
calendar-ics-not-utf8 = The file is not UTF-8, which iCalendar files are. Export it again.
calendar-ics-not-one = This is not an iCalendar file: it has no BEGIN:VCALENDAR.
calendar-ics-nothing = The file has no day that is not an exception already. There is nothing to save.
calendar-ics-days = { $n ->
    [one] { $n } day of the file is added to the exceptions below. Press Save to close the calendar on it:
   *[other] { $n } days of the file are added to the exceptions below. Press Save to close the calendar on them:
}
calendar-ics-more = { $n ->
    [one] and { $n } more
   *[other] and { $n } more
}
calendar-ics-known = { $n ->
    [one] { $n } day of the file has an exception already, which stays as it is.
   *[other] { $n } days of the file have exceptions already, which stay as they are.
}
calendar-ics-timed = { $n ->
    [one] { $n } event does not take whole days, and closes nothing.
   *[other] { $n } events do not take whole days, and close nothing.
}
calendar-ics-refused = These events were left out:
calendar-ics-no-start = The event has no start.
calendar-ics-not-a-time = { $it } is not a date or a time.
calendar-ics-not-a-length = DURATION is not a length of time.
calendar-ics-zone = { $it } is not a time zone of the IANA database.
calendar-ics-no-length = The event does not end after it begins.
calendar-ics-rule = { $it } is not understood. List its dates as events.
calendar-ics-too-many = There are too many events, or repetitions, in the file. Split it.
calendar-ics-not-ended = The file ends within this event.
