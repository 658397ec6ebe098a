nav-desk = Мои обращения
desk-title = Обращения: { $it }
desk-open = Обращения: { $it }
desk-edit = Изменить: { $it }
desk-choose = Выберите себя в списке
desk-choose-about = Открывшуюся страницу удобно добавить в закладки.
desk-choose-none = Операторов пока нет.
desk-choose-more = Ещё операторы
desk-active = Вы получаете новые обращения.
desk-paused = Вы на паузе: новые обращения не поступают.
desk-away = Новые обращения сейчас не поступают: { $it }.
desk-here = Я на месте
desk-here-they = Оператор на месте
desk-away-from = Если не обновить страницу и не нажать кнопку, вы будете считаться отсутствующим с
desk-pause = Пауза
desk-resume = Продолжить
desk-pause-for = Пауза до …
desk-pause-minutes = { $n } мин
desk-pause-back = Пока не вернусь
desk-pause-until = До
desk-pause-then = Пауза до этого времени
desk-pause-reason = Причина
desk-pause-reason-hint = Для коллег, например обед.
rule-pause-until = Укажите дату и время не дальше 366 дней вперёд.
rule-pause-reason = Введите не больше 100 символов.
desk-free = { $n ->
    [0] свободных мест нет
    [one] свободно { $n } место
    [few] свободно { $n } места
   *[many] свободно { $n } мест
}
desk-other = Это не вы?
desk-settings = Настройки

desk-contacts = Мои обращения
desk-contacts-about = сначала старые
desk-for = у вас уже
desk-arrived = Поступило
desk-resolve = Закрыть
desk-resolve-whom = Закрыть: { $it }
desk-accept = Принять
desk-accept-whom = Принять: { $it }
desk-decline = Отклонить
desk-decline-whom = Отклонить: { $it }
desk-respond-left = ответьте за
desk-responded = Ответ дан
desk-left = примите за
desk-more = Ещё: { $it }
desk-details = Открыть или передать
desk-release = Вернуть в очередь
desk-release-about = Будет распределено заново — другому оператору, если есть кому его взять.
desk-next = Следующие обращения
desk-first = К самым старым
desk-page-empty = На этой странице обращений не осталось.

desk-empty = Сейчас обращений нет
desk-empty-active = Следующее обращение появится здесь автоматически.
desk-empty-away = Следующее обращение появится здесь, когда вы снова будете работать.
desk-empty-paused = Вы на паузе. Нажмите «Продолжить», когда будете готовы к следующему обращению.
desk-empty-no-source = Вы пока не обслуживаете ни один источник, поэтому обращения к вам не поступают.

desk-shares = Моя доля
desk-shares-none = Вы не обслуживаете ни один источник.
desk-shares-about = Отметка показывает, сколько вам положено по весу; считаются только обращения, назначенные, пока вы могли их взять.
desk-share-all = Все источники
desk-share-part = { $n } % по весу
desk-share-tiny = меньше 1 % по весу
desk-share-none = вес 0: без автоматического назначения
desk-share-received = получено
desk-share-entitled = положено
desk-share-nothing = За этот период обращений не было.
desk-share-even = Ровно ваша доля.
desk-share-more = { $n ->
    [one] На { $n } обращение больше вашей доли.
    [few] На { $n } обращения больше вашей доли.
   *[many] На { $n } обращений больше вашей доли.
}
desk-share-less = { $n ->
    [one] На { $n } обращение меньше вашей доли.
    [few] На { $n } обращения меньше вашей доли.
   *[many] На { $n } обращений меньше вашей доли.
}

desk-newest = К самому новому
desk-tell = Уведомлять
desk-tell-about = Звук и уведомление браузера, когда вам назначено обращение
desk-tell-always = Включены, даже когда страница закрыта.
desk-tell-open = Включены, пока страница открыта, даже в фоне.
desk-tell-blocked = Только звук: браузер запрещает уведомления этого сайта. Разрешите их в настройках браузера.
desk-tell-insecure = Только звук: браузер показывает уведомления только по HTTPS.
desk-tell-none = Только звук: этот браузер не показывает уведомления. На iPhone и iPad добавьте страницу на экран «Домой» и нажмите эту кнопку там.
desk-told = Вам назначено новое обращение
desk-undo = Отменить
desk-now-resolved = Закрыто: { $it }
desk-now-waiting = Ожидает свободного оператора: { $it }
desk-now-mine = Назначено вам: { $it }
desk-now-elsewhere = Теперь у оператора { $with }: { $it }
desk-capped = Лимит исчерпан:
desk-said = Последние сообщения: { $it }
desk-reply-whom = Ответить: { $it }
desk-reply-here = Ответить в Telegram
desk-send-whom = Отправить ответ: { $it }
