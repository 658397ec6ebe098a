story-title = History
story-why = Why
story-link = Open this decision
story-earlier = Earlier
story-back = Back to the contact
story-last = Back to the latest events
story-waits = waiting
story-note = Note by { $it }
story-add = New note
story-add-hint = For your colleagues. The lead does not see it.
story-add-do = Add note
rule-note = Enter 1 to 4,000 characters.
actor-system = maitred
actor-anonymous = an anonymous user
actor-cli = the command line
actor-telegram = operator #{ $it } in Telegram
story-by = by { $it }
story-responded = First response
story-overdue = No response in time
story-resolved = Resolved
story-changed = Priority or message changed
story-scheduled = Scheduled or moved to another time
story-due = Its time came; it waits for an operator
story-moved = Moved to the fallback of its source
cause-arrived = Arrived
cause-arrived-behind-others = Arrived while others were waiting
cause-drained = Its turn came
cause-released = Released
cause-operator-deleted = Operator deleted
cause-reopened = Resolved, then reopened
cause-transferred = Assigned manually
cause-forced = Assigned manually, forced
cause-scheduled = Scheduled
cause-due = Its time came
cause-declined = Declined
cause-no-answer = Not accepted in time
cause-holder-left = Operator left and was not back in time
cause-offer-revoked = Operator went away before accepting
cause-asked-again = Everybody asked again
cause-source-closed = Source closed
cause-reserved = Reserved
cause-reservation-ended = Reservation over
cause-wanted = For a certain operator
cause-moved = Came from another source

why-drawn = The random number was { $point } out of { $all }; { $it } had { $own }.
why-owed = Counting this contact, { $it } was owed the most contacts: { $n }.
why-load = { $it } had the lowest load: { $load } of { $most }.
why-idle = { $it } had been idle the longest: { $span }.
why-never = { $it } had not had a contact yet.
why-only = Only { $it } could take it.
why-correction = { $it } was owed contacts by a correction.
why-passed-over = It was { $it }’s turn. They were ahead by a correction, so somebody else got it, and it counts for { $it }.
why-regular = { $it } had handled this lead before and had room.
why-wanted = { $it } was asked for and could take it.
why-had-it = { $it } had this contact before and had room.
why-tie-seed = { $n ->
    [one] { $n } operator was tied, so the seed decided.
   *[other] { $n } operators were tied, so the seed decided.
}
why-tie-weight = In a tie, the operator with the largest weight goes first.
why-tie-idle = In a tie, the operator who has been idle the longest goes first.
why-turn = Others were already waiting, so it waited for its turn.
why-scheduled = It was scheduled, so nobody could get it before its time.
why-closed = The source was closed.
why-closed-until = The source was closed until { $it }.
why-by-cap = As many contacts of the source were given away as its caps allow.
why-by-cap-until = As many contacts of the source were given away as its caps allow. The next are given at { $it }.
why-reserved = It was reserved for an operator who could not take it yet.
why-nobody-serves = No operator served the source.
why-nobody-free = No operator could take it.
why-preferred-out = It would have gone to { $it }, but: { $why }.
why-preferred-gone = It would have gone to { $it }, who no longer served the source.
why-avoided = { $it } had just released it, but nobody else could take it.
why-by-hand = A person chose the operator; no policy was used.
why-by-force = A person chose { $it }, although full or paused; no policy was used.
why-record-lost = The record of who could take it cannot be read, so no reason can be shown.
why-not-me-out = Why not you? At that moment: { $it }.
why-not-me-elsewhere = Why not you? You did not serve the source then.
why-not-me-other = Why not you? You could have taken it, but it went to { $it }, for the reason below.
why-doubtful = Recomputing the decision gives a different result, so no reason is shown.

line-others = { $n ->
    [one] { $n } other
   *[other] { $n } others
}
line-close = Close-up
candidates-title = Operators who served the source
candidates-share = Share
candidates-load = Load
candidates-numbers = Numbers
candidates-owed = Owed
candidates-filled = Used
candidates-idle = Idle for
candidates-never = no contacts yet
candidates-result = Result
candidates-picked = assigned
candidates-eligible = available
candidates-all = { $n ->
    [one] Show { $n }
   *[other] Show all { $n }
}
candidates-range = { $from } to { $to } of { $all }
candidates-before = Previous
candidates-behind = Next
out-inactive = switched off
out-paused = paused
out-zero-weight = weight 0 here
out-full = full
out-ahead = ahead by a correction
out-just-released = just released it
out-on-leave = on leave
out-off-shift = off shift
out-hours-unknown = hours not known so far ahead
out-tried = was asked and did not accept it
out-capped = had reached a cap
out-away = was away

replay-matches = Replay matches.
replay-matches-about = Recomputed just now from what was recorded: { $n ->
    [0] no candidates
    [one] { $n } candidate
   *[other] { $n } candidates
}, policy “{ $policy }”, seed { $seed }, algorithm { $algorithm }. The result is the same: { $it }.
replay-nobody = no operator, waiting
replay-by-hand = Chosen by a person; there is nothing to recompute.
replay-differs = Replay differs.
replay-differs-about = Recomputed, it goes to: { $it }. Either the record was changed, or this is a bug.
replay-unknown = Cannot be recomputed.
replay-unknown-about = It was made by version { $n } of the algorithm, which this version of maitred does not know.
replay-unreadable = Cannot be recomputed.
replay-unreadable-about = The record of who could take it cannot be read.
