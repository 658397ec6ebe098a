nav-desk = Место
desk-title = Рабочее место: { $it }
desk-open = Рабочее место: { $it }
desk-edit = Изменить: { $it }
desk-choose = Чьё рабочее место?
desk-choose-about = Выберите себя и сохраните страницу: теперь это ваше рабочее место.
desk-choose-none = Операторов пока нет.
desk-choose-more = Ещё операторы
desk-active = Вы принимаете новые обращения.
desk-paused = Вы на паузе: нового не будет.
desk-pause = Пауза
desk-resume = Продолжить
desk-free = { $n ->
    [0] мест больше нет
    [one] есть место ещё для { $n }
   *[other] есть место ещё для { $n }
}
desk-other = Это не вы?
desk-settings = Настройки

desk-contacts = Мои обращения
desk-contacts-about = сначала самые старые
desk-for = у вас уже
desk-arrived = Поступило
desk-call = Позвонить
desk-write = Написать
desk-resolve = Решено
desk-resolve-whom = Решено: { $it }
desk-more = Ещё: { $it }
desk-details = Открыть или передать
desk-release = Вернуть
desk-release-about = Обращение распределится заново: другому, если хоть кто-то свободен.
desk-next = Следующие обращения
desk-first = К самым старым
desk-page-empty = На этой странице ничего не осталось.

desk-empty = Дел нет
desk-empty-active = Следующее обращение появится здесь само.
desk-empty-paused = Вы на паузе. Продолжите, когда будете готовы к следующему обращению.
desk-empty-no-source = У вас пока нет ни одного источника, поэтому прийти ничего не может.

desk-shares = Моя доля
desk-shares-none = У вас нет ни одного источника.
desk-shares-about = Отметка показывает, сколько вам причиталось по весу; считается только то, что пришло, пока вы были свободны.
desk-share-all = Все источники вместе
desk-share-part = { $n } % по весу
desk-share-tiny = меньше 1 % по весу
desk-share-none = вес 0: само ничего не придёт
desk-share-received = получено
desk-share-entitled = причиталось
desk-share-nothing = Пока ничего не пришло.
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

desk-undo = Отменить
desk-now-resolved = Решено: { $it }
desk-now-waiting = Ждёт первого, кто освободится: { $it }
desk-now-mine = У вас: { $it }
desk-now-elsewhere = Теперь у оператора { $with }: { $it }
