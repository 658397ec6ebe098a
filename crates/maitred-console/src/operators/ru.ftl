operators-no-more = Больше операторов нет.
operators-search-title = Найти оператора
operators-search = Имя или внешний ID
operators-count = { $n ->
    [one] { $n } оператор
    [few] { $n } оператора
   *[many] { $n } операторов
}
operators-found = { $n ->
    [one] Найден { $n } оператор
    [few] Найдено { $n } оператора
   *[many] Найдено { $n } операторов
}
operators-searched = Поиск и сортировка — только среди первых { $n } операторов.
operators-none-such = По запросу «{ $it }» операторов не найдено.
operators-state = Состояние
operators-active = активен
operators-sources-hint = Источники, где вес больше 0
operators-serves = { $n ->
    [0] нет источников
    [one] { $n } источник
    [few] { $n } источника
   *[many] { $n } источников
}
operator-add = Добавить оператора
operator-new = Новый оператор
operator-name = Имя
operator-external-id = Внешний ID
operator-external-id-hint = ID этого оператора в другой системе. Необязательно.
operator-notify-email = Почта для уведомлений
operator-notify-email-hint = Туда придёт письмо о каждом назначенном или предложенном обращении. Необязательно.
operator-mail-off = Этот сервер писем не отправляет: не задана настройка --smtp-url.
operator-mail-refused = Почтовый сервер не принимает письма на этот адрес: { $it }
rule-notify-email = Введите адрес, например anna@example.com, или оставьте поле пустым.
operator-max-load = Лимит одновременных обращений
operator-max-load-hint = При снижении обращения не забираются. При повышении назначаются ожидающие.
operator-caps = Обращений за период
operator-caps-hint = Необязательно, каждый лимит с новой строки: 20/day (в день), 5/hour Europe/Moscow (в час), 300/month (в месяц), 1/30s (не чаще раза в 30 секунд). Слова «source 3» — только для источника 3, «kept» — считать только оставшиеся у оператора.
operator-caps-slash = Запишите лимит и период, например 20/day.
operator-caps-limit = Лимит — целое число от 1 до { $it }.
operator-caps-window = «{ $it }» — не период. Подойдут hour, day, week, month или секунды, например 30s (не больше 31 дня).
operator-caps-zone = «{ $it }» — не часовой пояс. Введите название, например Europe/Moscow.
operator-caps-no-zone = Для периода в секундах пояс не нужен. Уберите «{ $it }».
operator-caps-source = После «source» укажите номер источника.
operator-caps-many = Слишком много строк. Введите не больше { $n }.
operator-caps-no-source = Источника { $it } нет.
operator-away-after = Не на месте через (секунд)
operator-away-after-hint = Необязательно. Если оператор столько времени никак себя не проявляет, новые обращения ему не назначаются. Открытая страница «Мои обращения» и любые действия показывают, что он на месте.
rule-away-after = Введите целое число от 30 до 86 400 или оставьте поле пустым.
rule-external-id = Введите не больше 254 символов без переносов строк или оставьте поле пустым.
problem-external-id-taken = Этот внешний ID уже у другого оператора.
operator-delete = Удалить
operator-delete-ask = Удалить: { $it }?
operator-delete-means = { $n ->
    [0] У оператора нет обращений в работе. Имя останется в истории.
    [one] { $n } обращение в работе будет распределено заново. Имя останется в истории.
    [few] { $n } обращения в работе будут распределены заново. Имя останется в истории.
   *[many] { $n } обращений в работе будут распределены заново. Имя останется в истории.
}
operator-delete-yes = Удалить оператора
month-previous = Предыдущий месяц
month-following = Следующий месяц
month-leave = отпуск
month-holiday = праздник
month-closed = исключение: выходной
month-only = исключение
month-plus = ещё часы
month-hint = Добавить отпуск: выберите первый и последний день здесь или выше, оба включительно. Весь отпуск — в поле «Отпуск».
month-from = Первый день
month-to = Последний день
month-add = Добавить отпуск
month-1 = Январь
month-2 = Февраль
month-3 = Март
month-4 = Апрель
month-5 = Май
month-6 = Июнь
month-7 = Июль
month-8 = Август
month-9 = Сентябрь
month-10 = Октябрь
month-11 = Ноябрь
month-12 = Декабрь
