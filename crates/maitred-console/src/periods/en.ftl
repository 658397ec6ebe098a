period-choose = Period
period-today = Today
period-days-7 = 7 days
period-days-30 = 30 days
period-weights = Since weights changed
period-all = All time
period-since = Since
period-known = Earlier contacts are included only in “All time”. Periods are known since
