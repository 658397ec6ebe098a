nav-desk = My contacts
desk-title = Contacts: { $it }
desk-open = Contacts: { $it }
desk-edit = Edit: { $it }
desk-choose = Which operator are you?
desk-choose-about = Choose your name and bookmark the page that opens.
desk-choose-none = There are no operators yet.
desk-choose-more = More operators
desk-active = You get new contacts.
desk-paused = You are paused and get no new contacts.
desk-away = You get no new contacts now: { $it }.
desk-here = I am here
desk-here-they = They are here
desk-away-from = Unless you reload this page or press the button, you count as away from
desk-pause = Pause
desk-resume = Resume
desk-pause-for = Pause until …
desk-pause-minutes = { $n } min
desk-pause-back = Until I am back
desk-pause-until = Until
desk-pause-then = Pause until then
desk-pause-reason = Reason
desk-pause-reason-hint = For colleagues, such as lunch.
rule-pause-until = Enter a date and a time within the next 366 days.
rule-pause-reason = Enter at most 100 characters.
desk-free = { $n ->
    [0] no room for more
    [one] room for { $n } more
   *[other] room for { $n } more
}
desk-other = Not you?
desk-settings = Settings

desk-contacts = My contacts
desk-contacts-about = oldest first
desk-for = with you for
desk-arrived = Arrived
desk-resolve = Resolve
desk-resolve-whom = Resolve: { $it }
desk-accept = Accept
desk-accept-whom = Accept: { $it }
desk-decline = Decline
desk-decline-whom = Decline: { $it }
desk-respond-left = respond within
desk-responded = Responded
desk-left = accept within
desk-more = More: { $it }
desk-details = Open or transfer
desk-release = Release
desk-release-about = Routes it again, to a different operator if anybody else can take it.
desk-next = Next contacts
desk-first = Back to the oldest
desk-page-empty = No contacts are left on this page.

desk-empty = No contacts right now
desk-empty-active = The next contact will appear here automatically.
desk-empty-away = The next contact will appear here when you work again.
desk-empty-paused = You are paused. Resume when you are ready for the next contact.
desk-empty-no-source = You do not serve any source yet, so no contacts can reach you.

desk-shares = My share
desk-shares-none = You do not serve any source.
desk-shares-about = The mark shows what your weight entitled you to, counting only contacts that were assigned while you could take them.
desk-share-all = All sources
desk-share-part = { $n }% by weight
desk-share-tiny = less than 1% by weight
desk-share-none = weight 0: no contacts automatically
desk-share-received = received
desk-share-entitled = entitled to
desk-share-nothing = No contacts in this period.
desk-share-even = Exactly your share.
desk-share-more = { $n ->
    [one] { $n } contact more than your share.
   *[other] { $n } contacts more than your share.
}
desk-share-less = { $n ->
    [one] { $n } contact fewer than your share.
   *[other] { $n } contacts fewer than your share.
}

desk-newest = To the newest
desk-tell = Notify me
desk-tell-about = A sound and a browser notification when you get a contact
desk-tell-always = On, also while this page is closed.
desk-tell-open = On while this page is open, also in the background.
desk-tell-blocked = Sound only: this browser blocks notifications of this site. Allow them in its settings.
desk-tell-insecure = Sound only: browsers show notifications over HTTPS only.
desk-tell-none = Sound only: this browser has no notifications. On an iPhone or iPad, add this page to the home screen and press the button there.
desk-told = You have a new contact
desk-undo = Undo
desk-now-resolved = Resolved: { $it }
desk-now-waiting = Waiting for the next available operator: { $it }
desk-now-mine = Assigned to you: { $it }
desk-now-elsewhere = Now with { $with }: { $it }
desk-capped = Cap reached:
desk-said = Last messages: { $it }
desk-reply-whom = Reply to { $it }
desk-reply-here = Reply in Telegram
desk-send-whom = Send the reply to { $it }
