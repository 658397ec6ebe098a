story-title = История
story-why = Почему
story-link = Открыть это решение
story-earlier = Раньше
story-back = К обращению
story-last = К последним событиям
story-waits = ожидает
story-note = Заметка: { $it }
story-add = Новая заметка
story-add-hint = Для коллег. Лид её не увидит.
story-add-do = Добавить заметку
rule-note = Введите от 1 до 4000 символов.
actor-system = maitred
actor-anonymous = анонимный пользователь
actor-cli = командная строка
actor-telegram = оператор №{ $it } в Telegram
story-by = { $it }
story-responded = Первый ответ
story-overdue = Срок ответа прошёл
story-resolved = Закрыто
story-changed = Изменены приоритет или сообщение
story-scheduled = Запланировано или перенесено
story-due = Время пришло, ожидает оператора
story-moved = Перешло в запасной источник
cause-arrived = Поступило
cause-arrived-behind-others = Поступило, когда другие уже ожидали
cause-drained = Подошла очередь
cause-released = Возвращено в очередь
cause-operator-deleted = Оператор удалён
cause-reopened = Закрыто и открыто снова
cause-transferred = Назначено вручную
cause-forced = Назначено вручную, принудительно
cause-scheduled = Запланировано
cause-due = Время пришло
cause-declined = Отклонено
cause-no-answer = Не принято вовремя
cause-holder-left = Оператор ушёл и не вернулся вовремя
cause-offer-revoked = Оператор ушёл, не приняв
cause-asked-again = Предложено всем снова
cause-source-closed = Источник закрыт
cause-reserved = Закреплено за оператором
cause-reservation-ended = Время закрепления вышло
cause-wanted = Для определённого оператора
cause-moved = Пришло из другого источника

why-drawn = Выпало число { $point } из { $all }; у оператора { $it } были { $own }.
why-owed = С учётом этого обращения больше всех недополучил оператор { $it }: { $n }.
why-load = Меньше всех был загружен оператор { $it }: { $load } из { $most }.
why-idle = Дольше всех без новых обращений был оператор { $it }: { $span }.
why-never = У оператора { $it } ещё не было обращений.
why-only = Взять его мог только оператор { $it }.
why-correction = По корректировке оператору { $it } причитались обращения.
why-passed-over = Очередь была за оператором { $it }, но по корректировке он уже получил больше своего: обращение отдано другому и засчитано этому оператору.
why-regular = Оператор { $it } уже работал с этим лидом, и у него было место.
why-wanted = Обращение предназначалось оператору { $it }, и у него было место.
why-had-it = Раньше обращение было у оператора { $it }, и у него было место.
why-tie-seed = { $n ->
    [one] Во всём был равен { $n } оператор, поэтому выбор случаен.
    [few] Во всём были равны { $n } оператора, поэтому выбор случаен.
   *[many] Во всём были равны { $n } операторов, поэтому выбор случаен.
}
why-tie-weight = При равенстве первым идёт оператор с наибольшим весом.
why-tie-idle = При равенстве первым идёт оператор, который дольше всех без обращений.
why-turn = Другие уже ожидали, поэтому оно встало в очередь.
why-scheduled = Обращение запланировано, до назначенного времени оно не достаётся никому.
why-closed = Источник был закрыт.
why-closed-until = Источник был закрыт до { $it }.
why-by-cap = Достигнут лимит обращений источника за период.
why-by-cap-until = Достигнут лимит обращений источника за период. Следующие будут назначены в { $it }.
why-reserved = Обращение закреплено за оператором, который пока не мог его взять.
why-nobody-serves = Источник не обслуживал ни один оператор.
why-nobody-free = Взять его не мог ни один оператор.
why-preferred-out = Оно досталось бы оператору { $it }, но помешало: { $why }.
why-preferred-gone = Оно досталось бы оператору { $it }, но тот больше не обслуживал источник.
why-avoided = Оператор { $it } только что вернул его в очередь, но больше взять было некому.
why-by-hand = Оператора выбрали вручную; правило распределения не применялось.
why-by-force = Оператора { $it } выбрали вручную, несмотря на паузу или отсутствие мест; правило распределения не применялось.
why-record-lost = Запись о том, кто мог его взять, не читается, поэтому причину показать нельзя.
why-not-me-out = Почему не вы? На тот момент: { $it }.
why-not-me-elsewhere = Почему не вы? Тогда вы не обслуживали этот источник.
why-not-me-other = Почему не вы? Вы могли его взять, но его получил другой оператор: { $it }. Причина ниже.
why-doubtful = Пересчёт даёт другой результат, поэтому причина не показана.

line-others = { $n ->
    [one] ещё { $n }
   *[other] ещё { $n }
}
line-close = Крупно
candidates-title = Операторы, обслуживавшие источник
candidates-share = Доля
candidates-load = Загрузка
candidates-numbers = Числа
candidates-owed = Недополучено
candidates-filled = Занято
candidates-idle = Без обращений
candidates-never = ещё не было
candidates-result = Результат
candidates-picked = назначено
candidates-eligible = был доступен
candidates-all = { $n ->
    [one] Показать { $n }
   *[other] Показать все { $n }
}
candidates-range = { $from }–{ $to } из { $all }
candidates-before = Предыдущие
candidates-behind = Следующие
out-inactive = не принимает
out-paused = на паузе
out-zero-weight = вес здесь 0
out-full = нет мест
out-ahead = по корректировке уже получил больше
out-just-released = только что вернул его
out-on-leave = в отпуске
out-off-shift = вне смены
out-hours-unknown = часы так далеко не известны
out-tried = не принял предложение
out-capped = достиг лимита
out-away = был не на месте

replay-matches = Пересчёт сходится.
replay-matches-about = Только что пересчитано по сохранённой записи: { $n ->
    [0] нет кандидатов
    [one] { $n } кандидат
    [few] { $n } кандидата
   *[many] { $n } кандидатов
}, правило «{ $policy }», seed { $seed }, алгоритм { $algorithm }. Результат тот же: { $it }.
replay-nobody = без оператора, ожидает
replay-by-hand = Выбрано вручную; пересчитывать нечего.
replay-differs = Пересчёт не сходится.
replay-differs-about = По пересчёту обращение получает: { $it }. Либо запись изменили, либо это ошибка программы.
replay-unknown = Пересчитать нельзя.
replay-unknown-about = Решение принято версией { $n } алгоритма, которая неизвестна этой версии maitred.
replay-unreadable = Пересчитать нельзя.
replay-unreadable-about = Запись о том, кто мог его взять, не читается.
