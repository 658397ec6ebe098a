# Вход, своя страница, люди и ключи.
login-title = Вход
login-name = Имя
login-password = Пароль
login-do = Войти
login-wrong = Имя или пароль неверны.
login-too-often = { $n ->
    [one] Слишком часто. Попробуйте через { $n } секунду.
    [few] Слишком часто. Попробуйте через { $n } секунды.
   *[many] Слишком часто. Попробуйте через { $n } секунд.
}
login-forgotten = Забыли пароль? Администратор может задать новый.
login-nobody = Войти пока некому. Откройте ссылку, которую сервер показывает в терминале при запуске, или наберите там:
logout = Выйти
account = Своя страница
account-password = Сменить пароль
account-now = Пароль сейчас
account-new = Новый пароль
account-change = Сменить
account-change-means = Во всех других браузерах вход завершится.
account-sessions = Вход выполнен
account-sessions-about = { $n ->
    [one] В { $n } браузере, считая этот.
    [few] В { $n } браузерах, считая этот.
   *[many] В { $n } браузерах, считая этот.
}
account-logout = Выйти везде
set-up-title = Добро пожаловать
set-up-about = Вы создаёте первый вход, которому можно всё. С этой минуты каждому нужен вход или ключ.
set-up-do = Создать и войти
set-up-over = Эта ссылка использована, устарела или больше не нужна. Пока войти некому, сервер показывает новую при запуске.
access-title = Люди и ключи
access-people = Люди
access-people-about = Они входят здесь.
access-people-none = Войти пока некому.
access-keys = Ключи
access-keys-about = Их показывают программы при каждом вызове.
access-keys-none = Ключей у программ нет.
access-role = Роль
access-last-login = Последний вход
access-last-use = Последнее использование
access-never = никогда
access-operator = Оператор
access-operator-hint = Чьё это место, для роли «Оператор».
access-source = Источник
access-source-hint = Единственный, для которого он передаёт обращения, для роли «Приём».
access-nobody = Никто
access-any = Любой
role-intake = Приём
role-intake-hint = Только передаёт обращения
role-operator = Оператор
role-operator-hint = Своё место и свои обращения
role-supervisor = Супервизор
role-supervisor-hint = Всё, кроме людей и ключей
role-admin = Администратор
role-admin-hint = Всё
rule-role = Выберите роль.
rule-operator = Выберите оператора, чьё это место.
rule-source = Выберите существующий источник или любой.
rule-password = Не меньше 12 знаков, и чтобы трудно было угадать: например, несколько слов.
rule-days = Укажите целое число дней от 1 до 3650 или оставьте пустым.
user-add = Добавить человека
user-new = Новый человек
user-name-hint = Его набирают при входе, регистр не важен. Его видят и другие.
user-name-taken = Это имя занято сейчас или было занято раньше. Выберите другое.
user-off = отключён
user-is-you = Это вы. Вашу роль может сменить другой администратор.
user-password = Пароль
user-password-set = Задать
user-sessions-about = { $n ->
    [0] Ни в одном браузере.
    [one] В { $n } браузере.
    [few] В { $n } браузерах.
   *[many] В { $n } браузерах.
}
user-disable = Отключить
user-enable = Включить
key-add = Создать ключ
key-new = Новый ключ
key-name = Имя
key-name-hint = У какой он программы.
key-begins = Начало
key-over = истёк
key-days = Сколько дней действует
key-days-hint = Бессрочно, если пусто.
key-make = Создать
key-made = Ключ
key-made-about = Это ключ «{ $it }». Скопируйте его сейчас: он показан один раз.
key-made-done = Скопировано
key-too-many = Ключей слишком много. Отзовите те, которыми не пользуются.
key-revoke = Отозвать
key-revoke-ask = Отозвать «{ $it }»?
key-revoke-means = Программа с этим ключом больше ничего не сможет. Отменить это нельзя.
key-revoke-yes = Да, отозвать
