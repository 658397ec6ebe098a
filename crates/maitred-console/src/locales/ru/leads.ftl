nav-leads = Лиды
leads-search-title = Найти лида
leads-search = Имя, телефон, почта или внешний номер
leads-find = Найти
leads-all = Все лиды
leads-order = Сначала новые
leads-newest = К самым новым
leads-identities = Как находим
leads-contacts = Обращения
leads-open = Открыты
leads-since = Известен с
leads-double = возможный дубль
leads-none = Пока никто не известен. Лид появляется с первым обращением.
leads-none-such = Нет никого, чьё имя, телефон, почта или внешний номер так начинались бы.

lead-facts = Об этом лиде
lead-contacts = { $n ->
    [0] нет обращений
    [one] { $n } обращение
    [few] { $n } обращения
   *[many] { $n } обращений
}
lead-open = открыто: { $n }
lead-no-contacts = Обращений нет.
lead-merged-into = Этого лида объединили с другим, у которого теперь всё:
lead-name = Имя
lead-doubles = Возможно, это один человек
lead-doubles-about = Пришло обращение с тем, что принадлежит каждому из них.
lead-doubles-more = и ещё { $n }
lead-compare = Сравнить и объединить
lead-identity-add = Добавить, как находить
lead-identity-kind = Что это
lead-identity-value = Значение
lead-identity-do = Добавить
merge-with = Объединить с другим
merge-number = Его номер, телефон, почта или внешний номер
merge-compare = Сравнить
merge-title = Это один человек?
merge-kept = Остаётся
merge-absorbed = Вливается
merge-moves = Что перейдёт: { $it }
merge-name = Имя будет: { $it }.
merge-means = Лид { $n } останется в истории и будет указывать, где теперь всё. Отменить объединение нельзя.
merge-yes = Да, объединить
merge-swap = Наоборот
rule-lead-name = Укажите имя не длиннее 100 знаков или никакого.
rule-identity = Укажите значение от 1 до 254 знаков.
rule-merge = Укажите другого лида, который есть и не объединён.
problem-identity-taken = Это принадлежит другому лиду.
problem-lead-merged = Одного из них тем временем объединили.
problem-lead-too-large = Объединение переносит не больше 10 000 обращений. Объедините наоборот.

lead-data = Что хранится об этом лиде
lead-export = Выгрузить
lead-erase = Стереть
lead-erase-ask = Забыть, кто такой { $it }?
lead-erase-means = Имя, то, по чему находят лида, сообщения и поля всех его обращений исчезнут навсегда. Обращения и решения о них останутся в истории, ничьи. Отменить это нельзя.
lead-erase-yes = Да, стереть
lead-erased = Этот лид стёрт:
problem-lead-in-use = Есть открытые обращения. Сначала завершите их.
problem-lead-erased = Этот лид стёрт. Кто вернётся, станет новым лидом.
