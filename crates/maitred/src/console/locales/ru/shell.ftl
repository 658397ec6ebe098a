# Рамка каждой страницы.
skip = К содержанию
nav = Страницы
nav-board = Доска
nav-sources = Источники
theme-auto = Тема: как в системе. Включить светлую
theme-light = Тема: светлая. Включить тёмную
theme-dark = Тема: тёмная. Включить системную
live-on = На связи
live-off = Без обновлений
live-wait = Соединение
live-stale = Устарело с
no-script = Без JavaScript эта страница сама не обновляется.
reload = Показать заново
footer-api = Справка по API
footer-zone = Часовой пояс
time-ago = { $it } назад
unit-d = д
unit-h = ч
unit-min = мин
unit-s = с
unit-ms = мс
decimal-mark = ,
contact-number = Обращение { $n }

# Что пошло не так, по виду проблемы.
problem-title = Не получилось
problem-home = К доске
problem-other = Сервер не смог это сделать. Причина в его журнале; попробуйте ещё раз чуть позже.
problem-unknown-path = По этому адресу ничего нет.
problem-unknown-id = Того, что указано в адресе, нет или уже нет.
problem-overloaded = Слишком многое сейчас ждёт записи. Ничего не изменилось; попробуйте чуть позже.
problem-stopping = Сервер останавливается. Ничего не изменилось; попробуйте чуть позже.
problem-store-unavailable = База данных сейчас недоступна. Ничего не изменилось; попробуйте чуть позже.
problem-too-many-streams = Открыто слишком много страниц сразу. Закройте часть и попробуйте снова.
