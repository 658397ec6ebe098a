roster-now = Сейчас доступны
roster-nobody = Сейчас никто не доступен.
roster-more = и ещё { $n }
roster-next = Далее
roster-count = { $n ->
    [one] Сейчас доступен { $n }
   *[other] Сейчас доступны { $n }
}
