demo-page = Demo data
demo-banner = Demo data is loaded.
demo-show = Show
demo-remove = Remove demo data
demo-about = A small call centre with a day behind it: twelve operators, five sources and a thousand contacts.
demo-apart = It is kept apart: its operators and leads never mix with yours, your figures leave it out, and you can remove it without a trace in them.
demo-load = Load demo data
demo-loading = Demo data is being loaded. You can look around meanwhile.
demo-loaded = Demo data is loaded.
demo-removing = Demo data is being removed. This goes on after a restart too.
demo-counted = Board and figures show it until you add a source of your own.
demo-uncounted = Board and figures leave it out. Below is what it looks like.
demo-operators = Operators
demo-waiting = { $n ->
    [one] { $n } waiting
   *[other] { $n } waiting
}
demo-assigned = { $n } assigned
demo-arrived = { $n } arrived
demo-remove-ask = Remove demo data?
demo-remove-means = All its contacts, leads, sources and operators are deleted, with keys and users of these operators. Nothing else changes. This cannot be undone, but you can load it again.
