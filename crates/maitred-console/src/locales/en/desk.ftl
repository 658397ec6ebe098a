nav-desk = Desk
desk-title = Desk: { $it }
desk-open = Desk of { $it }
desk-edit = Change { $it }
desk-choose = Whose desk?
desk-choose-about = Choose yourself, and keep the page: it is your desk from now on.
desk-choose-none = There is no operator yet.
desk-choose-more = More operators
desk-active = You take new contacts.
desk-paused = You are paused: nothing new comes to you.
desk-pause = Pause
desk-resume = Resume
desk-free = { $n ->
    [0] no room for more
    [one] room for { $n } more
   *[other] room for { $n } more
}
desk-other = Not you?
desk-settings = Settings

desk-contacts = My contacts
desk-contacts-about = the oldest first
desk-for = yours for
desk-arrived = Arrived
desk-call = Call
desk-write = Write
desk-resolve = Resolve
desk-resolve-whom = Resolve: { $it }
desk-more = More: { $it }
desk-details = Open or hand over
desk-release = Give back
desk-release-about = It is routed again, to somebody else if anybody can take it.
desk-next = Next contacts
desk-first = Back to the oldest
desk-page-empty = Nothing is left on this page.

desk-empty = Nothing to do
desk-empty-active = The next contact appears here by itself.
desk-empty-paused = You are paused. Resume when you are ready for the next contact.
desk-empty-no-source = You do not serve any source yet, so nothing can come to you.

desk-shares = My share
desk-shares-none = You do not serve any source.
desk-shares-about = The mark is what your weight entitled you to, counting only what came while you were free.
desk-share-all = All sources together
desk-share-part = { $n }% by weight
desk-share-tiny = less than 1% by weight
desk-share-none = weight 0: nothing by itself
desk-share-received = received
desk-share-entitled = entitled to
desk-share-nothing = Nothing came yet.
desk-share-even = Just your share.
desk-share-more = { $n ->
    [one] { $n } contact more than your share.
   *[other] { $n } contacts more than your share.
}
desk-share-less = { $n ->
    [one] { $n } contact fewer than your share.
   *[other] { $n } contacts fewer than your share.
}

desk-undo = Undo
desk-now-resolved = Resolved: { $it }
desk-now-waiting = Waits for whoever is free next: { $it }
desk-now-mine = Is with you: { $it }
desk-now-elsewhere = Is with { $with } now: { $it }
