reports-title = Отчёты
reports-choose = Период
reports-usual = Частые периоды
reports-days = { $n ->
    [365] 12 месяцев
    [one] { $n } день
    [few] { $n } дня
   *[other] { $n } дней
}
reports-from = С
reports-to = По (включительно)
reports-zone = Часовой пояс
reports-show = Показать
reports-to-before = Это раньше первого дня.
reports-too-long = { $n ->
    [one] Период не может быть длиннее { $n } дня.
   *[other] Период не может быть длиннее { $n } дней.
}
reports-incomplete = Ранние события ещё подсчитываются. Данные полны до
reports-before = было: { $it }
reports-arrived = Поступило
reports-assigned = Назначено
reports-resolved = Закрыто
reports-reopened = Открыто снова
reports-overdue = Без ответа в срок
reports-waiting-now = Ждут сейчас
reports-arrivals = Обращения по дням
reports-arrivals-days = { $n ->
    [one] Обращения, столбец — { $n } день
    [few] Обращения, столбец — { $n } дня
   *[other] Обращения, столбец — { $n } дней
}
reports-contacts = { $n ->
    [one] { $n } обращение
    [few] { $n } обращения
   *[other] { $n } обращений
}
reports-speed = Скорость работы
reports-what = Что
reports-longest = Дольше всего
reports-to-assign = До назначения
reports-to-respond = До первого ответа
reports-to-resolve = До закрытия
reports-speed-about = От поступления обращения или от момента, когда его открыли снова. 90 % — девять из десяти заняли не больше.
reports-rounded = Проценты округлены менее чем на 1 %.
reports-shares = Доли
reports-received = Получено
reports-entitled = Причиталось
reports-chance = В пределах случайности
reports-nobody = За этот период никто не получал обращений.
reports-work = Операторы
reports-per-day = Закрыто в день
reports-offers = Предложения: принято / отклонено / без ответа
reports-response-median = Медиана до ответа
reports-heat = Обращения и люди на смене по дням недели и часам
reports-heat-cut = { $n ->
    [one] Период длиннее, здесь последний { $n } день.
    [few] Период длиннее, здесь последние { $n } дня.
   *[other] Период длиннее, здесь последние { $n } дней.
}
reports-heat-past = За период
reports-heat-ahead = Ближайшие 7 дней
reports-heat-about = Число — сколько обращений поступило. Цвет — сколько людей было на смене по календарям. Красная рамка — обращения пришли, когда на смене никого не было. Клетка открывает обращения последнего такого часа.
reports-heat-ahead-about = Число — сколько обращений ожидается, в среднем за период. Цвет — сколько людей будет на смене. Красная рамка — обращения ожидаются, а на смене никого. Клетка покажет, кому они достанутся.
reports-heat-cell = { $when }: { $contacts }, на смене: { $people }
reports-heat-ahead-cell = { $when }: ожидается обращений: { $contacts }, на смене: { $people }
reports-heat-unattended = { $n ->
    [one] { $n } из них — когда на смене никого не было
    [few] { $n } из них — когда на смене никого не было
   *[other] { $n } из них — когда на смене никого не было
}
reports-loads = Обращения в работе
reports-loads-by-day = по дням
reports-nobody-held = За этот период ни у кого не было обращений.
reports-load-bar = { $when }: в среднем { $mean }, больше всего { $most }
reports-load-mean = В среднем
reports-load-most = Больше всего
reports-load-limit = Лимит
reports-load-full = Часов без мест
reports-bar-days = { $n ->
    [one] столбец — { $n } день
    [few] столбец — { $n } дня
   *[other] столбец — { $n } дней
}
reports-loads-about = Одновременно, за все часы, включая ночь. «Без мест» — когда обращений не меньше сегодняшнего лимита.
reports-loads-about-source = Одновременно, по этому источнику, за все часы, включая ночь. Часы без мест известны только по всем источникам вместе.
reports-loads-since = Событий больше, чем считается за раз, поэтому данные начинаются с
reports-link = Отчёты
