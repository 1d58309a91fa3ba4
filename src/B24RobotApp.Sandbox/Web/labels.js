// The page's words, by the browser's language.
const english = {
  language: 'en', title: 'Bitrix24 sandbox', arrived: 'What arrived on the ESB', robots: 'Robots on stages', workflows: 'Workflows', faults: 'Faults on purpose',
  journal: 'Requests, newest first', oauth: 'Authorization', limits: 'limits of the standard plan', nothing: 'Nothing yet.',
  place: 'Where', kind: 'Kind', pattern: 'Method or robot (* and ?)', count: 'How often', delay: 'Delay, s', switchOn: 'Switch on', switchOff: 'Switch off',
  always: 'always', remaining: 'left:', struck: 'struck:', client: 'Client', company: 'Company', contact: 'Contact', rows: 'Products', comments: 'Timeline', log: 'Log', outgoing: 'outgoing webhook', name: 'Name', timeout: 'Time-out, s',
  product: 'Product', quantity: 'Qty', price: 'Price', discount: 'Discount', tax: 'Tax', counted: 'Requests:', silent: 'The sandbox does not answer:',
  kinds: { app: 'Application robot', setField: 'Set field', move: 'Change stage', comment: 'Comment' },
  states: { Waiting: 'Waiting for the application', Running: 'Running', Completed: 'Completed', Terminated: 'Terminated', Failed: 'Failed' },
}

const russian = {
  language: 'ru', title: 'Песочница Битрикс24', arrived: 'Что пришло в ЕСБ', robots: 'Роботы на стадиях', workflows: 'Бизнес-процессы', faults: 'Сбои нарочно',
  journal: 'Запросы, новые сверху', oauth: 'Авторизация', limits: 'лимиты обычного тарифа', nothing: 'Пока ничего.',
  place: 'Где', kind: 'Вид', pattern: 'Метод или робот (* и ?)', count: 'Сколько раз', delay: 'Задержка, с', switchOn: 'Включить', switchOff: 'Выключить',
  always: 'всегда', remaining: 'осталось:', struck: 'сработало:', client: 'Клиент', company: 'Компания', contact: 'Контакт', rows: 'Товары', comments: 'Таймлайн', log: 'Журнал', outgoing: 'исходящий вебхук', name: 'Имя', timeout: 'Ждёт не дольше, с',
  product: 'Товар', quantity: 'Кол-во', price: 'Цена', discount: 'Скидка', tax: 'Налог', counted: 'Запросов:', silent: 'Песочница не отвечает:',
  kinds: { app: 'Робот приложения', setField: 'Изменить поле', move: 'Сменить стадию', comment: 'Комментарий' },
  states: { Waiting: 'Ждёт приложение', Running: 'Выполняется', Completed: 'Завершён', Terminated: 'Прерван', Failed: 'Ошибка' },
}

export const labels = language => language.startsWith('ru') ? russian : english
