search = Search
search-what = Find anything
search-hint = A word of a name or a message, at least 4 last digits of a phone, an email, an ID, or the number of a contact: #123
search-narrow = Search only messages of some contacts
search-by-number = By number
search-messages = Messages
search-nothing = Nothing found.
search-no-messages = No such message among those searched.
search-count = { $n ->
    [one] { $n } result
   *[other] { $n } results
}
search-all = Show all results
search-all-of-kind = Show all
search-cut = There may be more. Type more to find them.
search-back-to = Searched back to
search-go-on = Search older messages
search-failed = The search failed. Press Enter to try again.
search-close = Close
search-keys = ↑ ↓ to choose, Enter to open, Esc to close
menu = Menu
