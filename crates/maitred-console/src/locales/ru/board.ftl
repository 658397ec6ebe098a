total-waiting = Ждут
total-oldest = дольше всех
total-nobody = никто не ждёт
total-rate = Поступило
total-rate-note = за последние 60 с
total-load = В работе
total-slots = { $n ->
    [one] из { $n } места
   *[other] из { $n } мест
}
total-active = На смене
total-operators = { $n ->
    [one] из { $n } оператора
   *[other] из { $n } операторов
}

chart-title = Последний час
chart-arrived = Поступило
chart-waited = Ждут сейчас
chart-this-minute = Эта минута
chart-minutes-ago = { $n } мин назад
chart-now = сейчас
chart-bar = { $n ->
    [one] { $n } обращение
    [few] { $n } обращения
   *[many] { $n } обращений
}
chart-waiting = ждут: { $n }
chart-unknown = { $n ->
    [one] кто ждал в первую { $n } минуту, неизвестно
    [few] кто ждал в первые { $n } минуты, неизвестно
   *[many] кто ждал в первые { $n } минут, неизвестно
}
chart-arrived-summary = Обращения по минутам за последний час: всего { $total }, не больше { $most } в минуту
chart-waiting-summary = Ждали за последний час: сейчас { $now }, не больше { $most }

operators-title = Операторы
operators-none = Пока нет никого, кто мог бы взять обращение.
operators-cut = Показаны только первые { $n }.
operators-all = Все операторы
operators-of = среди первых { $n } операторов
operator-takes = { $it } принимает новые обращения
operator-on = принимает новые обращения
operator-off = на паузе
operator-full = полон
operator-last = Последнее обращение
operator-never = обращений ещё не было
load-of = из { $n }

waiting-title = Ждут
waiting-none = Никто не ждёт. У каждого обращения есть оператор.
waiting-source = Источник
waiting-count = Ждут
waiting-oldest = Дольше всех
waiting-more = { $n ->
    [one] и ещё { $n } источник, где ждут
    [few] и ещё { $n } источника, где ждут
   *[many] и ещё { $n } источников, где ждут
}
waiting-calm = { $n ->
    [one] Ещё на { $n } источнике никто не ждёт.
   *[other] Ещё на { $n } источниках никто не ждёт.
}

stream-title = Только что назначены
stream-none = Пока ничего не назначено.
stream-example = До первого обращения один запрос
stream-example-key = ВАШ-КЛЮЧ
stream-by-hand = вручную
stream-reopened = открыт снова
stream-waited = через { $it }
stream-at-once = сразу
