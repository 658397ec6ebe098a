story-title = What happened
story-why = Why
story-link = A page of its own for this decision
story-earlier = Earlier
story-back = Back to the contact
story-last = To the end of the story
story-waits = waits
story-resolved = Resolved
story-changed = Priority or message changed
cause-arrived = Arrived
cause-arrived-behind-others = Arrived behind others
cause-drained = Its turn came
cause-released = Released
cause-operator-deleted = Its operator was deleted
cause-reopened = Resolved, then reopened
cause-transferred = Given by hand
cause-forced = Given by hand and by force

why-drawn = The draw fell on { $point } of { $all }, and { $it } had { $own }.
why-owed = With this one counted, { $it } was owed the most contacts: { $n }.
why-load = { $it } had the lowest load: { $load } of { $most }.
why-idle = { $it } had been idle the longest: { $span }.
why-never = { $it } had never had a contact.
why-only = Nobody but { $it } could take it.
why-regular = { $it } had this person before, and had room.
why-had-it = { $it } had it before, and had room.
why-tie-seed = { $n ->
    [one] { $n } was equal in all, so the seed chose.
   *[other] { $n } were equal in all, so the seed chose between them.
}
why-tie-weight = Of equals, the one with the largest weight went first.
why-tie-idle = Of equals, the one who had been idle longest went first.
why-turn = Others were waiting already, so it waited for its turn.
why-nobody-serves = Nobody served the source.
why-nobody-free = Nobody could take it.
why-preferred-out = It was to go back to { $it }, but: { $why }.
why-preferred-gone = It was to go back to { $it }, who no longer served the source.
why-avoided = { $it } had just released it, but nobody else could take it.
why-by-hand = A person chose; no policy was asked.
why-by-force = A person chose { $it }, although full or paused; no policy was asked.
why-record-lost = The record of who could take it cannot be read, so the reason cannot be shown.
why-doubtful = Computed again it does not come out like this, so no reason is given.

line-others = { $n ->
    [one] { $n } other
   *[other] { $n } others
}
line-close = Close up
candidates-title = Everybody who served the source
candidates-share = Share
candidates-load = Load
candidates-numbers = Numbers
candidates-owed = Owed
candidates-filled = Filled
candidates-idle = Idle
candidates-never = never had one
candidates-result = Result
candidates-picked = got it
candidates-eligible = could take it
candidates-all = { $n ->
    [one] Show { $n }
   *[other] Show all { $n }
}
candidates-range = { $from } to { $to } of { $all }
candidates-before = Before these
candidates-behind = Behind these
out-inactive = paused
out-zero-weight = weight 0 here
out-full = full
out-just-released = just released it
percent = { $it }%

replay-matches = Replay matches.
replay-matches-about = Computed again just now from what was recorded then: { $n ->
    [0] nobody
    [one] { $n } candidate
   *[other] { $n } candidates
}, policy “{ $policy }”, seed { $seed }, algorithm { $algorithm }. The outcome is the same: { $it }.
replay-nobody = nobody, it waits
replay-by-hand = Chosen by hand; there is nothing to compute again.
replay-differs = Replay differs.
replay-differs-about = Computed again, it goes to: { $it }. The record was changed, or this is a bug.
replay-unknown = It cannot be computed again.
replay-unknown-about = It was made by version { $n } of the algorithm, which this program does not know.
replay-unreadable = It cannot be computed again.
replay-unreadable-about = The record of who could take it cannot be read.
