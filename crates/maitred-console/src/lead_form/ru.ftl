### Форма источника для тех, кто не пользуется этим сервером.

lead-form-title = Оставьте заявку
lead-form-name = Имя
lead-form-phone = Телефон
lead-form-email = Эл. почта
lead-form-message = Сообщение
lead-form-send = Отправить
lead-form-honeypot = Оставьте это поле пустым
lead-form-sent = Спасибо!
lead-form-sent-about = Мы получили вашу заявку и свяжемся с вами.
lead-form-another = Отправить ещё одну заявку
lead-form-failed = Заявка не отправлена
lead-form-failed-about = Вернитесь в браузере назад и отправьте её ещё раз через минуту: введённый текст сохранился.
