sources-none = There is no source yet. Contacts come from a source: a bot, a form, a phone line.
sources-no-operators = There is no operator yet who could serve a source.
sources-all = All sources
sources-pages = Pages of sources
page-first = To the beginning
page-next = More sources
operators-pages = Pages of operators
operators-next = More operators
operator-gone = serves it no longer
percent = { $it }%

source = Source
source-new = New source
source-description = Description
source-description-hint = For those who work with it. May stay empty.
source-region = Country of its phones
source-region-hint = Two letters, such as RU, for phones without a country code. Empty: as the server is set.
source-settings = Settings
source-is-sticky = sticky
source-policy-short = Rule
source-members = Operators
source-nobody = nobody
source-arrived = Arrived
source-waits = Waiting
source-assigned = In work
source-counts = How much there is
source-waiting = { $n ->
   *[other] { $n } waiting
}
source-phones = phones of { $it }
source-weights = Weights
source-weights-about = Weights are relative. An empty field leaves an operator out; 0 keeps him without giving him anything.

matrix-title = Who gets which share
matrix-about = Weights are relative within a row. An empty field leaves an operator out. Saving a row replaces it at once.
weight-of = Weight of { $it } on { $source }
weights-save-of = Save the weights of { $it }
weights-gone = Somebody in this table was deleted meanwhile. Nothing was saved; look again and save.

share-target = Target share
share-actual = Share received
share-received = Received
share-entitled = Entitled
share-difference = Difference
share-entitled-hint = Entitled is what weights gave a right to, counting for each contact only those who could take it. Whoever was full or paused stays behind his target share, and that is no unfairness.

fair-title = Is it fair?
fair-none = Nothing to compare yet: that takes two operators who were entitled to contacts.
fair-few = Too early to tell: somebody was entitled to fewer than 5 contacts so far.
fair-good = Yes. The shares follow the weights as closely as a fair draw does.
fair-rare = Perhaps. Fewer than one fair draw in twenty strays this far.
fair-odd = Something besides the draw decides, such as returning people who go to their last operator: chance hardly ever strays this far.
fair-turns = Taken in turn, nobody is further from his due than this many contacts: { $it }.
fair-no-weights = This rule does not go by weight, so what is received may differ from what weights entitle to.
fair-received = Received
fair-received-hint = Contacts that the rule gave to somebody. Transfers by hand do not count.
fair-chi = Chi-square
fair-chi-hint = { $n ->
    [0] How far received is from entitled, all operators together.
   *[other] How far received is from entitled, all operators together. About { $n } is usual with this many of them.
}
fair-p = How likely by chance
fair-p-hint = The part of fair draws that stray at least this far. Below 0.001 it was not chance.
fair-jain = Jain's index
fair-jain-hint = 1 when everybody received the same part of his due, lower the less equal it is.

source-delete = Delete
source-delete-ask = Delete { $it }?
source-delete-means = { $n ->
    [0] None of its contacts is open now.
    [one] Its { $n } open contact will be resolved, whether it waits or is in work.
   *[other] Its { $n } open contacts will be resolved, whether they wait or are in work.
}
source-delete-keeps = Its weights go. The history keeps its contacts and its name.
source-delete-surprise = Contacts came in while you were asked. Nothing was deleted yet.
source-delete-yes = Yes, delete
