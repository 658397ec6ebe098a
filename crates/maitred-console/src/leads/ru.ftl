nav-leads = Лиды
leads-search-title = Найти лид
leads-search = Имя, телефон, почта или внешний ID
leads-find = Найти
leads-all = Все лиды
leads-order = Сначала новые
leads-newest = К самым новым
leads-identities = Идентификаторы
leads-contacts = Обращения
leads-open = Открыты
leads-since = Создан
leads-double = возможный дубль
leads-none = Лидов пока нет. Лид создаётся с первым обращением.
leads-none-such = Нет лида, чьё имя, телефон, почта или внешний ID так начинается.

lead-facts = Об этом лиде
lead-contacts = { $n ->
    [0] нет обращений
    [one] { $n } обращение
    [few] { $n } обращения
   *[many] { $n } обращений
}
lead-open = открыто: { $n }
lead-no-contacts = Обращений нет.
lead-merged-into = Этот лид объединён с другим, где теперь все данные:
lead-name = Имя
lead-doubles = Возможные дубли
lead-doubles-about = Пришло обращение с данными и этого лида, и каждого из перечисленных.
lead-doubles-more = и ещё { $n }
lead-compare = Сравнить и объединить
lead-identity-add = Добавить телефон, почту или ID
lead-identity-kind = Тип
lead-identity-value = Значение
lead-identity-do = Добавить
merge-with = Объединить с другим лидом
merge-number = ID лида, телефон, почта или внешний ID
merge-compare = Сравнить
merge-title = Это один и тот же человек?
merge-kept = Останется
merge-absorbed = Будет присоединён
merge-moves = Перейдёт лиду «{ $it }»
merge-name = Имя будет: { $it }.
merge-means = Лид { $n } останется в истории со ссылкой на объединённый лид. Отменить объединение нельзя.
merge-yes = Объединить лиды
merge-swap = Поменять местами
rule-lead-name = Введите имя не длиннее 100 символов или оставьте поле пустым.
rule-identity = Введите значение от 1 до 254 символов.
rule-merge = Выберите другой лид, который существует и ещё не объединён.
problem-identity-taken = Это принадлежит другому лиду.
problem-lead-merged = Один из этих лидов тем временем объединили.
problem-lead-too-large = Объединение переносит не больше 10 000 обращений. Поменяйте лиды местами и повторите.

lead-data = Данные этого лида
lead-export = Выгрузить
lead-erase = Стереть
lead-erase-ask = Стереть личные данные: { $it }?
lead-erase-means = Имя, телефоны, почта и ID, а также все тексты всех обращений будут стёрты навсегда. Обращения и решения по ним останутся в истории без личных данных. Отменить это нельзя.
lead-erase-yes = Стереть данные
lead-erased = Этот лид стёрт:
problem-lead-in-use = Есть открытые обращения. Сначала закройте их.
problem-lead-erased = Этот лид стёрт. Если этот человек обратится снова, будет создан новый лид.
