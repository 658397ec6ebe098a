# Что причитается оператору.
account-link = Баланс
account-title = Баланс: { $it }
account-operator = Настройки
account-lines = По источникам
account-nothing = Не работает ни с одним источником и ещё не получал обращений.
account-entitled = Положено
account-received = Получено
account-refunded = Возвращено
account-adjusted = Корректировки
account-balance = Баланс
account-about = Баланс = положено + возвращено + корректировки − получено, в обращениях. Каждое решение начисляет долю только тем, кто мог взять обращение: если мест нет, идёт пауза или смена закончилась, баланс не меняется. Вместе с долгом самого источника балансы всех операторов дают ноль.
account-week = Последние 7 дней: { $it }
account-is-owed = Недополучено обращений: { $it }.
account-is-ahead = Получено сверх положенного: { $it }.
account-is-even = Получено столько, сколько положено по весам, с точностью до половины обращения.
account-outstanding = По корректировкам и возвратам осталось { $it }: не чаще чем каждым вторым обращением.
account-days-ago = { $n ->
    [one] { $n } день назад
    [few] { $n } дня назад
   *[many] { $n } дней назад
}
account-now = сейчас
account-steps = Что изменило баланс сильнее всего
account-half-hour = Полчаса с
account-because = Что произошло
account-change = Изменение
account-received-n = получено { $n }
account-adjusted-n = корректировка { $it }
account-refunded-n = возвращено { $it }
account-entitled-n = положено { $it }
account-why = Почему не мне? Последние обращения
account-no-contacts = Обращений пока нет.
account-corrections = Корректировки
account-no-corrections = Не было.
account-amount = Сколько обращений добавить или убрать
account-amount-hint = Например, 3 или -2. Возмещается не чаще чем каждым вторым обращением; балансы остальных не меняются.
account-reason = Причина
account-reason-hint = Её увидят все, например: три испорченные заявки.
account-correct = Внести корректировку
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
