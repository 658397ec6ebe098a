story-title = Что происходило
story-why = Почему
story-link = Отдельная страница этого решения
story-earlier = Раньше
story-back = К обращению
story-last = К концу истории
story-waits = ждёт
story-resolved = Завершено
story-changed = Изменены приоритет или сообщение
cause-arrived = Поступило
cause-arrived-behind-others = Поступило, когда другие уже ждали
cause-drained = Подошла очередь
cause-released = Возвращено
cause-operator-deleted = Оператора удалили
cause-reopened = Завершено и открыто снова
cause-transferred = Отдано вручную
cause-forced = Отдано вручную и силой

why-drawn = Жребий выпал на { $point } из { $all }, а у оператора { $it } было { $own }.
why-owed = С учётом этого обращения больше всех причиталось оператору { $it }: { $n }.
why-load = Меньше всех был загружен оператор { $it }: { $load } из { $most }.
why-idle = Дольше всех без новых обращений был оператор { $it }: { $span }.
why-never = У оператора { $it } ещё не было ни одного обращения.
why-only = Взять его мог только оператор { $it }.
why-regular = Оператор { $it } уже вёл этого человека, и место было.
why-had-it = Раньше его вёл оператор { $it }, и место было.
why-tie-seed = { $n ->
    [one] Во всём равен был { $n }, и выбрал жребий.
    [few] Во всём равны были { $n }, и между ними выбрал жребий.
   *[many] Во всём равны были { $n }, и между ними выбрал жребий.
}
why-tie-weight = Из равных первым идёт тот, чей вес больше.
why-tie-idle = Из равных первым идёт тот, кто дольше без обращений.
why-turn = Другие уже ждали, поэтому оно ждало своей очереди.
why-nobody-serves = Источник никто не обслуживал.
why-nobody-free = Взять его никто не мог.
why-preferred-out = Оно вернулось бы к оператору { $it }, но причина: { $why }.
why-preferred-gone = Оно вернулось бы к оператору { $it }, но тот больше не обслуживал источник.
why-avoided = Оператор { $it } только что вернул его, но больше взять было некому.
why-by-hand = Выбрал человек; правило не спрашивали.
why-by-force = Человек выбрал оператора { $it }, хотя мест не было или он был на паузе; правило не спрашивали.
why-record-lost = Запись о том, кто мог его взять, не читается, поэтому причину показать нельзя.
why-doubtful = При пересчёте получается другое, поэтому причина не названа.

line-others = { $n ->
    [one] ещё { $n }
   *[other] ещё { $n }
}
line-close = Вблизи
candidates-title = Все, кто обслуживал источник
candidates-share = Доля
candidates-load = Загрузка
candidates-numbers = Числа
candidates-owed = Причиталось
candidates-filled = Занято
candidates-idle = Без обращений
candidates-never = ещё не было
candidates-result = Итог
candidates-picked = получил
candidates-eligible = мог взять
candidates-all = { $n ->
    [one] Показать { $n }
   *[other] Показать все { $n }
}
candidates-range = { $from }–{ $to } из { $all }
candidates-before = Перед этими
candidates-behind = После этих
out-inactive = на паузе
out-zero-weight = вес здесь 0
out-full = мест не было
out-just-released = только что вернул
percent = { $it } %

replay-matches = Пересчёт сходится.
replay-matches-about = Только что пересчитано по записанному тогда: { $n ->
    [0] никого
    [one] { $n } кандидат
    [few] { $n } кандидата
   *[many] { $n } кандидатов
}, правило «{ $policy }», зерно { $seed }, алгоритм { $algorithm }. Итог тот же: { $it }.
replay-nobody = никто, оно ждёт
replay-by-hand = Выбрано вручную; пересчитывать нечего.
replay-differs = Пересчёт не сходится.
replay-differs-about = При пересчёте получает: { $it }. Запись изменили, или это ошибка программы.
replay-unknown = Пересчитать нельзя.
replay-unknown-about = Решение принято версией { $n } алгоритма, которой эта программа не знает.
replay-unreadable = Пересчитать нельзя.
replay-unreadable-about = Запись о том, кто мог его взять, не читается.
