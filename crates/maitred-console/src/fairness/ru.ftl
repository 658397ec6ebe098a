# Что причитается оператору.
balance-link = Баланс
balance-title = Баланс: { $it }
balance-operator = Настройки
balance-lines = По источникам
balance-nothing = Не работает ни с одним источником и ещё не получал обращений.
balance-entitled = Положено
balance-received = Получено
balance-refunded = Возвращено
balance-adjusted = Корректировки
balance-balance = Баланс
balance-about = Баланс = положено + возвращено + корректировки − получено, в обращениях. Каждое решение начисляет долю только тем, кто мог взять обращение: если мест нет, идёт пауза или смена закончилась, баланс не меняется. Вместе с долгом самого источника балансы всех операторов дают ноль.
balance-week = Последние 7 дней: { $it }
balance-is-owed = Недополучено обращений: { $it }.
balance-is-ahead = Получено сверх положенного: { $it }.
balance-is-even = Получено столько, сколько положено по весам, с точностью до половины обращения.
balance-outstanding = По корректировкам и возвратам осталось { $it }: не чаще чем каждым вторым обращением.
balance-days-ago = { $n ->
    [one] { $n } день назад
    [few] { $n } дня назад
   *[many] { $n } дней назад
}
balance-now = сейчас
balance-steps = Что изменило баланс сильнее всего
balance-half-hour = Полчаса с
balance-because = Что произошло
balance-change = Изменение
balance-received-n = получено { $n }
balance-adjusted-n = корректировка { $it }
balance-refunded-n = возвращено { $it }
balance-entitled-n = положено { $it }
balance-reasons = Последние 7 дней: назначено или почему нет
balance-reason-of = Причина
balance-decisions = Решений
balance-reasons-about = { $n ->
    [one] В каждом решении записано, кто мог взять обращение. Поступило { $n } обращение, учтены последние три решения по нему.
    [few] В каждом решении записано, кто мог взять обращение. Поступило { $n } обращения, учтены последние три решения по каждому.
   *[other] В каждом решении записано, кто мог взять обращение. Поступило { $n } обращений, учтены последние три решения по каждому.
}
balance-reasons-cut = { $n ->
    [one] В каждом решении записано, кто мог взять обращение. Взято последнее { $n } обращение, учтены последние три решения по каждому.
    [few] В каждом решении записано, кто мог взять обращение. Взяты последние { $n } обращения, учтены последние три решения по каждому.
   *[other] В каждом решении записано, кто мог взять обращение. Взяты последние { $n } обращений, учтены последние три решения по каждому.
}
reason-got-it = Назначено этому оператору
reason-nobody = Никто не мог взять
reason-by-hand = Назначено вручную
reason-not-a-member = Не работал с источником
reason-inactive = Не принимал обращения
reason-zero-weight = Вес 0
reason-on-leave = В отпуске
reason-off-shift = Вне смены
reason-hours-unknown = Рабочие часы неизвестны
reason-paused = На паузе
reason-away = Отсутствовал
reason-capped = Достигнут лимит обращений за период
reason-full = Не было мест
reason-just-released = Только что вернул в очередь
reason-tried = Уже предлагалось, не принято
reason-ahead = Получил лишнее по корректировке
reason-preferred = Предназначалось другому
reason-correction = Причиталось другому по корректировке
reason-drawn = Выпало другому
reason-less-owed = Другому причиталось больше
reason-higher-load = У другого меньше в работе
reason-less-idle = Другой дольше ждал
reason-tied = Поровну, решило случайное число
reason-unreadable = Запись не читается
balance-why = Почему не мне? Последние обращения
balance-no-contacts = Обращений пока нет.
balance-corrections = Корректировки
balance-no-corrections = Не было.
balance-amount = Сколько обращений добавить или убрать
balance-amount-hint = Например, 3 или -2. Возмещается не чаще чем каждым вторым обращением; балансы остальных не меняются.
balance-reason = Причина
balance-reason-hint = Её увидят все, например: три испорченные заявки.
balance-correct = Внести корректировку
rule-correction-amount = Введите целое число от −1000 до 1000, кроме 0.
rule-correction-reason = Введите от 1 до 500 символов.
standing-got-it = Назначено этому оператору.
standing-nobody = Никто не мог взять: обращение ждёт.
standing-by-hand = Назначено вручную.
standing-not-a-member = Тогда не работал с этим источником.
standing-inactive = Не принимал обращения.
standing-zero-weight = Вес на этом источнике был 0.
standing-on-leave = Был в отпуске.
standing-off-shift = Был вне смены.
standing-hours-unknown = Рабочие часы так далеко не известны.
standing-paused = Был на паузе.
standing-away = Отсутствовал.
standing-capped = Достиг лимита.
standing-full = Не было мест: { $load } из { $most }.
standing-just-released = Только что вернул его в очередь.
standing-tried = Уже получал это предложение и не принял.
standing-ahead = Очередь была за этим оператором, но по корректировке он уже получил больше своего. Обращение засчитано ему.
standing-preferred = Обращение предназначалось одному оператору, например тому, кто уже работал с лидом.
standing-correction = По корректировке обращение причиталось другому оператору.
standing-drawn = Выпало число { $point } из { $all }, а у этого оператора были { $own }.
standing-less-owed = Причиталось { $own }, а получившему — { $other }.
standing-higher-load = Занято { $load } из { $most }, а у получившего — { $other_load } из { $other_most }.
standing-less-idle = Получивший дольше ждал обращения.
standing-tied = Шансы были равны, решило случайное число.
standing-unreadable = Запись этого решения не читается.
