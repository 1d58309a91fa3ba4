// Single calls with both clients: a deal goes out and comes back as it was.
import { call, hook, oauth, result, tell } from './sdk.mjs'

const title = 'Сделка «Ёлка» №1 — 50% & more + 🚀 <b>"кавычки"</b> \\ / \u00a0конец'

for (const [name, client] of [['hook', hook()], ['oauth', oauth()]]) {
  const added = await call(client, 'crm.item.add', {
    entityTypeId: 2,
    fields: { title, opportunity: 1234.5, isManualOpportunity: 'Y', currencyId: 'RUB', UF_CRM_PROJECT: 'Проект\nвторая строка' },
    useOriginalUfNames: 'Y',
  })
  const { item } = added.getData().result
  tell(`${name} added`, { status: added.getStatus(), isSuccess: added.isSuccess, id: item.id, title: item.title })
  tell(`${name} time`, added.getData().time)

  const got = await result(client, 'crm.item.get', { entityTypeId: 2, id: item.id, useOriginalUfNames: 'Y' })
  tell(`${name} got`, {
    id: got.item.id, title: got.item.title, opportunity: got.item.opportunity, isManual: got.item.isManualOpportunity,
    project: got.item.UF_CRM_PROJECT, createdTime: got.item.createdTime,
  })

  await result(client, 'crm.item.productrow.set', {
    ownerType: 'D', ownerId: item.id,
    productRows: [{ productName: 'Лицензия', price: 100, quantity: 2 }, { productName: 'Услуга', price: 10.5, quantity: 1, taxRate: 20, taxIncluded: 'Y' }],
  })
  const rows = await result(client, 'crm.item.productrow.list', { filter: { '=ownerType': 'D', '=ownerId': item.id } })
  tell(`${name} rows`, rows.productRows.map(row => [row.productName, row.price, row.quantity]))

  tell(`${name} profile`, await result(client, 'profile'))
  tell(`${name} healthy`, await client.tools.healthCheck.make())
  tell(`${name} ping`, await client.tools.ping.make())
  tell(`${name} deleted`, await result(client, 'crm.item.delete', { entityTypeId: 2, id: item.id }))
}

tell('expected title', title)
