nav-contacts = Обращения
contacts-filter = Фильтры
contacts-list = Обращения
contacts-search = ID обращения, телефон, почта или внешний ID
contacts-source = Источник
contacts-source-number = ID источника
contacts-operator = Оператор
contacts-operator-number = ID оператора
contacts-any = Любой
contacts-since = Поступили с
contacts-before = Поступили до
contacts-show = Показать
contacts-clear = Все обращения
contacts-who = Лид
contacts-contact = Обращение
contacts-status = Статус
contacts-arrived = Поступило
contacts-priority = Приоритет
contacts-order = Сначала новые
contacts-order-asc = Сначала старые
contacts-newest = К самым новым
contacts-oldest = К самым старым
contacts-older = Более ранние
contacts-newer = Более поздние
contacts-of-lead = Обращения:
contacts-also = Также найдено:
contacts-new = { $n ->
    [one] Показать { $n } новое обращение
    [few] Показать { $n } новых обращения
   *[many] Показать { $n } новых обращений
}
contacts-new-many = Показать новые обращения: { $n } или больше
contacts-none = Обращений пока нет. Они появятся здесь, как только поступят.
contacts-none-such = Нет обращений, подходящих под эти фильтры.
contacts-nobody = Точного совпадения с этим ID, телефоном, почтой или внешним ID нет.
contacts-search-all = Искать это в именах и сообщениях
contacts-unclear = В одном из фильтров неверное значение. Исправьте отмеченное поле.
status-any = Все
status-waiting = Ожидает
status-assigned = В работе
status-resolved = Закрыто

reach-reply = Ответить
reach-call = Позвонить
reach-write = Написать
contact-reach = Связаться
contact-sent = Сообщение
contact-sent-of-lead = Не вошло в карточку лида
contact-sent-of-lead-about = Пришло с этим обращением, но узнать по этому человека нельзя, или имя другое.
contact-facts = Об этом обращении
contact-resolve = Закрыть
contact-reopen = Открыть снова
contact-reopen-about = Вернётся к прежнему оператору, если у него есть место, иначе будет распределено заново.
contact-release = Вернуть в очередь
contact-release-about = Будет распределено заново — другому оператору, если есть кому его взять.
contact-assigned-at = Назначено
contact-resolved-at = Закрыто
contact-source-gone = удалён
contact-transfer = Передать другому оператору
contact-transfer-do = Передать
contact-give = Назначить оператора
contact-give-do = Назначить
contact-choose = Выберите оператора
contact-priority-hint = От −1000 до 1000. Чем больше число, тем раньше обращение в очереди.
contact-new = Новое обращение
contact-new-do = Добавить обращение
contact-new-choose = Выберите источник
contact-new-known = Если телефон, почта или ID уже известны, обращение попадёт к этому лиду.
contact-new-external-id = ID человека там, откуда он обратился, например в мессенджере.
contact-new-message = Что нужно человеку.
contact-new-nothing = Укажите имя, телефон, почту, ID или сообщение.
entered-assigned = Назначено: { $it }.
entered-waits = Сейчас взять его некому, поэтому оно ждёт. Причина указана на этой странице.
entered-new-lead = Новый лид.
entered-known-lead = { $n ->
    [one] Лид уже известен, у него ещё { $n } обращение.
    [few] Лид уже известен, у него ещё { $n } обращения.
   *[many] Лид уже известен, у него ещё { $n } обращений.
}
entered-duplicate = Возможно, это тот же человек, что и другой лид: смотрите карточку лида.
entered-unread-phone = Телефон не похож на номер этой страны. Он сохранён как введён.
entered-set-aside = То, по чему человека не узнать, или другое имя сохранено только вместе с сообщением.
contact-new-no-source = Выберите источник из списка.
rule-message = Введите не больше 65 536 байт текста.
rule-identity-length = Введите не больше 254 символов без переводов строки.
operator-number = Оператор { $n }
lead-number = Лид { $n }
identity-external-id = Внешний ID
identity-phone = Телефон
identity-email = Почта
rule-choice = Выберите значение из списка.
rule-time = Укажите дату и время.
rule-operator = Выберите оператора из списка.
rule-priority = Введите целое число от −1000 до 1000.
problem-contact-resolved = Тем временем обращение закрыли. Сначала откройте его снова.

force-title = Сверх лимита?
force-ask = Всё равно назначить: { $it }?
force-full = { $it }: нет мест, занято { $load } из { $most }.
force-off = { $it }: на паузе.
force-means = В истории будет отмечено, что назначение принудительное.
force-yes = Всё равно назначить
