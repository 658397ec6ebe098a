search = Поиск
search-what = Найти что угодно
search-hint = Слово из имени или сообщения, не меньше 4 последних цифр телефона, почта, ID или номер обращения: #123
search-narrow = Искать только в сообщениях некоторых обращений
search-by-number = По номеру
search-messages = Сообщения
search-nothing = Ничего не найдено.
search-no-messages = Среди просмотренных сообщений такого нет.
search-count = { $n ->
    [one] { $n } результат
    [few] { $n } результата
   *[many] { $n } результатов
}
search-all = Показать все результаты
search-all-of-kind = Показать все
search-cut = Возможно, есть и другие. Уточните запрос, чтобы найти их.
search-back-to = Просмотрено до
search-go-on = Искать в более ранних
search-failed = Поиск не удался. Нажмите Enter, чтобы повторить.
search-close = Закрыть
search-keys = ↑ ↓ — выбрать, Enter — открыть, Esc — закрыть
menu = Меню
