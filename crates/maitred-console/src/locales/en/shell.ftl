# The frame of every page.
skip = Skip to the content
nav = Pages
nav-board = Board
nav-sources = Sources
nav-access = Access
theme-auto = Theme: as the system. Switch to light
theme-light = Theme: light. Switch to dark
theme-dark = Theme: dark. Switch to the system's
live-on = Live
live-off = Not live
live-wait = Connecting
live-stale = Stale since
no-script = Without JavaScript this page does not move by itself.
reload = Show it anew
footer-api = API reference
footer-zone = Times in
time-ago = { $it } ago
unit-d = d
unit-h = h
unit-min = min
unit-s = s
unit-ms = ms
decimal-mark = .
contact-number = Contact { $n }

# What went wrong, by the kind of problem.
problem-title = That did not work
problem-home = To the board
problem-other = The server could not do this. Its log says why; try again in a moment.
problem-cross-site = The server took this for a form of another site and did nothing. If it was none, a proxy in between does not pass the Host header on.
problem-forbidden = You may not see this. Whoever may is written in docs/security.md.
problem-unknown-path = There is nothing at this address.
problem-unknown-id = What this address names is not there, or no longer.
problem-overloaded = Too much is waiting to be stored right now. Nothing was changed; try again in a moment.
problem-stopping = The server is stopping. Nothing was changed; try again in a moment.
problem-store-unavailable = The database cannot be used right now. Nothing was changed; try again in a moment.
problem-too-many-streams = Too many pages are open at once. Close some and try again.
