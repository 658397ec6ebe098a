calendars = Календари
calendars-none = Календарей пока нет. Без календаря оператор работает всегда.
calendar-add = Добавить календарь
calendar-new = Новый календарь
calendar-name = Название
calendar-zone = Часовой пояс
calendar-zone-hint = Например, Europe/Moscow. Часы ниже — по времени этого пояса.
calendar-cycle = Цикл, дней
calendar-cycle-hint = 7 — неделя. Для графика «два через два» — 4. Нажмите «Проверить», чтобы увидеть столько дней.
calendar-anchor = Первый день цикла
calendar-anchor-hint = Только если цикл — не неделя, например 2026-12-01.
calendar-hours-hint = Часы каждого дня, например 09:00–13:00, 14:00–18:00. Ночная смена — 22:00–06:00, в тот день, когда она начинается. Выходной день оставьте пустым.
calendar-day-0 = Понедельник
calendar-day-1 = Вторник
calendar-day-2 = Среда
calendar-day-3 = Четверг
calendar-day-4 = Пятница
calendar-day-5 = Суббота
calendar-day-6 = Воскресенье
calendar-grid = Часы каждого дня
calendar-grid-week = { $it } в неделю
calendar-grid-cycle = { $n ->
    [one] { $it } за { $n } день
    [few] { $it } за { $n } дня
   *[many] { $it } за { $n } дней
}
calendar-grid-add = Добавить часы:
calendar-grid-removed = Удалено:
calendar-grid-remove = Удалить часы
calendar-grid-full = В этот день места больше нет.
calendar-grid-unclear = Поле этого дня не удаётся прочитать. Сначала исправьте его.
calendar-grid-hint = Рисуйте часы здесь, перетаскивайте их или их края: поля ниже меняются вместе с сеткой, и наоборот. Клавиши: стрелки двигают часы, Shift и ↑ или ↓ — их конец, Delete удаляет.
calendar-more-days = Дни после { $n }-го остаются без изменений. Их задают через API.
calendar-day-n = День { $n }
calendar-holidays = Праздничные дни
calendar-holidays-hint = Коды, например RU, KZ или DE-BY. Если праздники не нужны, оставьте поле пустым.
calendar-exceptions = Исключения
calendar-exceptions-hint = По одному в строке: 2027-05-07 closed (закрыто), 2027-05-08 only 10:00–14:00 (только эти часы), 2027-05-10 plus 19:00–21:00 (ещё и эти часы).
calendar-leave = Закрыто с, по
calendar-leave-hint = По одному в строке: 2027-08-02 – 2027-08-13, оба дня включительно.
calendar-weeks = Часы в ближайшие недели, начиная с этого момента
calendar-week = Неделя с
calendar-open = Часы
calendar-next-week = Часов на следующей неделе
calendar-check = Проверить
calendar-users = Кто по нему работает
calendar-users-none = Пока никто. Выберите его на странице оператора или в настройках источника.
calendar-delete = Удалить календарь
calendar-delete-means = Часы, исключения и праздники этого календаря будут удалены безвозвратно.
problem-calendar-in-use = По этому календарю работают операторы или открыты источники. Сначала назначьте им другой.
calendar-line = Строка { $line }: { $what }
calendar-zone-nearest = Такого часового пояса нет. Возможно, { $it }?
calendar-zone-unknown = Такого часового пояса нет. Введите название, например Europe/Moscow.
calendar-cycle-days = Введите целое число от 1 до { $n }.
calendar-no-anchor = Введите первый день цикла.
calendar-not-a-date = Введите дату, например 2027-05-07.
calendar-not-a-time = Введите время, например 09:00–18:00.
calendar-not-a-moment = Введите даты, например 2027-08-02, или время, например 2027-08-02T12:00.
calendar-day = Этого дня нет в цикле.
calendar-next-day = Смена начинается после этого дня. Запишите её в день, когда она начинается.
calendar-empty = Здесь пусто. Конец должен быть позже начала; целый день — 00:00–24:00.
calendar-overlap = Пересекается с { $it }.
calendar-kind = После даты напишите closed, only или plus.
calendar-closed-with = У закрытого дня нет часов.
calendar-no-intervals = Добавьте часы, например 10:00–14:00.
calendar-contradiction = Другая строка говорит об этой дате иное.
calendar-holidays-nearest = Такого набора праздников нет. Возможно, { $it }?
calendar-holidays-unknown = Такого набора праздников нет. Есть { $it }.
calendar-end-first = Конец раньше начала.
calendar-too-many = Слишком много строк. Введите не больше { $n }.
shift-off = вне смены
shift-on-leave = в отпуске
shift-unknown = часы неизвестны
operator-calendar = Календарь
operator-calendar-none = Работает всегда
operator-exceptions = Исключения
operator-leave = Отпуск
operator-no-calendar = Сначала выберите календарь: он задаёт часовой пояс дат.
calendar-ics = iCalendar
calendar-ics-download = Скачать часы (.ics)
calendar-ics-file = Выходные дни из файла
calendar-ics-hint = Файл .ics из другой программы, не больше 1 МиБ. События на целый день, начиная с сегодняшнего, делают эти дни выходными. До просмотра ничего не сохраняется.
calendar-ics-check = Проверить файл
calendar-ics-none = Выберите файл.
calendar-ics-too-large = Файл больше 1 МиБ. Разделите его.
calendar-ics-not-utf8 = Файл не в кодировке UTF-8, как положено iCalendar. Экспортируйте его ещё раз.
calendar-ics-not-one = Это не файл iCalendar: в нём нет BEGIN:VCALENDAR.
calendar-ics-nothing = Все дни из файла уже есть в исключениях. Сохранять нечего.
calendar-ics-days = { $n ->
    [one] В исключения ниже добавлен { $n } день из файла. Нажмите «Сохранить», чтобы он стал выходным:
    [few] В исключения ниже добавлены { $n } дня из файла. Нажмите «Сохранить», чтобы они стали выходными:
   *[many] В исключения ниже добавлено { $n } дней из файла. Нажмите «Сохранить», чтобы они стали выходными:
}
calendar-ics-more = { $n ->
    [one] и ещё { $n }
    [few] и ещё { $n }
   *[many] и ещё { $n }
}
calendar-ics-known = { $n ->
    [one] Для { $n } дня из файла исключение уже есть, оно остаётся как было.
    [few] Для { $n } дней из файла исключения уже есть, они остаются как были.
   *[many] Для { $n } дней из файла исключения уже есть, они остаются как были.
}
calendar-ics-timed = { $n ->
    [one] { $n } событие занимает не весь день и ничего не закрывает.
    [few] { $n } события занимают не весь день и ничего не закрывают.
   *[many] { $n } событий занимают не весь день и ничего не закрывают.
}
calendar-ics-refused = Эти события пропущены:
calendar-ics-no-start = У события нет начала.
calendar-ics-not-a-time = { $it }: это не дата и не время.
calendar-ics-not-a-length = DURATION: это не длительность.
calendar-ics-zone = { $it }: такого часового пояса нет в базе IANA.
calendar-ics-no-length = Событие не заканчивается позже, чем начинается.
calendar-ics-rule = { $it }: не поддерживается. Перечислите даты отдельными событиями.
calendar-ics-too-many = В файле слишком много событий или повторений. Разделите его.
calendar-ics-not-ended = Файл обрывается внутри этого события.
