total-waiting = Ожидают
total-oldest = дольше всех
total-nobody = никто не ожидает
total-rate = Поступило
total-rate-note = за последние 60 с
total-load = В работе
total-slots = { $n ->
    [one] из { $n } места
   *[other] из { $n } мест
}
total-active = Активны
total-operators = { $n ->
    [one] из { $n } оператора
   *[other] из { $n } операторов
}

chart-title = Последний час
chart-arrived = Поступило
chart-waited = Ожидают сейчас
chart-this-minute = Текущая минута
chart-minutes-ago = { $n } мин назад
chart-now = сейчас
chart-bar = { $n ->
    [one] { $n } обращение
    [few] { $n } обращения
   *[many] { $n } обращений
}
chart-waiting = ожидают: { $n }
chart-unknown = { $n ->
    [1] за первую минуту данных об ожидании нет
   *[other] за первые { $n } мин данных об ожидании нет
}
chart-arrived-summary = Обращения по минутам за последний час: всего { $total }, не больше { $most } в минуту
chart-waiting-summary = Ожидающие обращения за последний час: сейчас { $now }, не больше { $most }

operators-title = Операторы
operators-none = Операторов пока нет.
operators-cut = Показаны только первые { $n }.
operators-all = Все операторы
operators-of = среди первых { $n } операторов
operator-takes = { $it } получает новые обращения
operator-on = получает новые обращения
operator-off = на паузе
operator-until = до
operator-no-answer = не отвечает на предложения
operator-capped = достигнут лимит
operator-away = не на месте
operator-since = с
operator-full = нет мест
operator-last = Последнее обращение
operator-never = обращений ещё не было
load-of = из { $n }

waiting-title = Ожидают
waiting-overdue = { $n ->
    [one] Просрочено { $n } обращение: { $it }
    [few] Просрочено { $n } обращения: { $it }
   *[many] Просрочено { $n } обращений: { $it }
}
waiting-overdue-more = { $n ->
    [one] и ещё { $n } источник с просроченными обращениями
    [few] и ещё { $n } источника с просроченными обращениями
   *[many] и ещё { $n } источников с просроченными обращениями
}
waiting-none = Никто не ожидает. У каждого обращения есть оператор.
waiting-none-now = Сейчас никто не ожидает.
waiting-source = Источник
waiting-count = Ожидают
waiting-oldest = Дольше всех
waiting-more = { $n ->
    [one] и ещё { $n } источник с ожидающими обращениями
    [few] и ещё { $n } источника с ожидающими обращениями
   *[many] и ещё { $n } источников с ожидающими обращениями
}
waiting-scheduled = { $n ->
    [one] { $n } обращение запланировано на потом.
    [few] { $n } обращения запланированы на потом.
   *[many] { $n } обращений запланировано на потом.
}
waiting-calm = { $n ->
    [one] Ещё в { $n } источнике никто не ожидает.
   *[other] Ещё в { $n } источниках никто не ожидает.
}

stream-title = Только что назначены
stream-none = Назначенных обращений пока нет.
stream-example = Отправьте первое обращение
stream-example-key = ВАШ-КЛЮЧ
stream-by-hand = вручную
stream-by-hand-of = вручную: { $it }
stream-reopened-of = открыто снова: { $it }
stream-reopened = открыто снова
stream-waited = через { $it }
stream-at-once = сразу

# Что нужно сделать с часами по календарю
hours-ended = Календарь «{ $it }»: часы были известны только до { $at } UTC, по нему сейчас никто не получает обращения.
hours-run-out = Календарь «{ $it }»: часы известны только до { $at } UTC; дальше по нему никто не будет получать обращения.
hours-not-current = Календарь «{ $it }»: часы устарели.
hours-newer = Они рассчитаны по более новым данным о часовых поясах и праздниках ({ $theirs }), чем на этом сервере ({ $here }): обновите maitred на этом сервере.
hours-older = Они рассчитаны по более старым данным о часовых поясах и праздниках ({ $theirs }), чем на этом сервере ({ $here }), и пересчитать их не удалось: причина — в журнале сервера.
hours-mistakes = Этот сервер не может прочитать календарь: откройте его, нажмите «Сохранить» и исправьте указанное.
hours-see-log = Сервер не смог пересчитать их: причина — в журнале сервера.
