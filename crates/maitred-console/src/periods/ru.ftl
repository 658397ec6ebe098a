period-choose = Период
period-today = Сегодня
period-days-7 = 7 дней
period-days-30 = 30 дней
period-weights = С изменения весов
period-all = Всё время
period-since = С
period-known = Более ранние обращения учтены только во «Всём времени». По периодам данные есть с
