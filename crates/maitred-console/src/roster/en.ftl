roster-now = Available now
roster-nobody = Nobody is available now.
roster-more = and { $n } more
roster-next = Next
roster-count = { $n } available now
