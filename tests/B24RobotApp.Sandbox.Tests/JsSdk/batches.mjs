// Batches in each form that the SDK has.
import { describe, errorsOf, failure, hook, result, tell } from './sdk.mjs'

const client = hook()
const text = 'Тест & проверка = 100% + «кавычки» #1 ?'
const ajax = (calls, isHaltOnError) => client.actions.v2.batch.make({ calls, options: { isHaltOnError, returnAjaxResult: true } })

const array = await client.actions.v2.batch.make({
  calls: [
    ['crm.item.add', { entityTypeId: 2, fields: { title: text } }],
    ['crm.item.list', { entityTypeId: 2, select: ['id'], filter: { '=title': text } }],
    ['server.time'],
  ],
  options: { isHaltOnError: true },
})
const [added, listed, time] = array.getData()
tell('array', { isSuccess: array.isSuccess, title: added.item.title, found: listed.items.map(item => item.id), added: added.item.id, time })

const named = await client.actions.v2.batch.make({
  calls: {
    deal: { method: 'crm.item.add', params: { entityTypeId: 2, fields: { title: 'По ссылке' } } },
    rows: {
      method: 'crm.item.productrow.set',
      params: { ownerType: 'D', ownerId: '$result[deal][item][id]', productRows: [{ productName: text, price: 10, quantity: 3 }] },
    },
    again: { method: 'crm.item.get', params: { entityTypeId: 2, id: '$result[rows][productRows][0][ownerId]' } },
  },
  options: { isHaltOnError: true },
})
const { deal, rows, again } = named.getData()
tell('references', { isSuccess: named.isSuccess, ids: [deal.item.id, rows.productRows[0].ownerId, again.item.id], row: rows.productRows[0].productName, sum: again.item.opportunity })

const broken = {
  first: { method: 'server.time' },
  wrong: { method: 'crm.item.get', params: { entityTypeId: 2, id: 999999 } },
  missing: { method: 'no.such.method' },
  last: { method: 'server.time' },
}
const goesOn = await ajax(broken, false)
tell('goes on', {
  isSuccess: goesOn.isSuccess,
  keys: Object.keys(goesOn.getData()),
  succeeded: Object.entries(goesOn.getData()).filter(([, answer]) => answer.isSuccess).map(([key]) => key),
  errors: errorsOf(goesOn),
})
const halts = await ajax(broken, true)
tell('halts', { isSuccess: halts.isSuccess, keys: Object.keys(halts.getData()), errors: errorsOf(halts) })

const firstFails = await ajax([['no.such.method'], ['server.time'], ['crm.item.get', { entityTypeId: 2, id: 999999 }]], false)
tell('array with errors', { isSuccess: firstFails.isSuccess, successes: firstFails.getData().map(answer => answer.isSuccess), errors: errorsOf(firstFails) })

const allFail = await ajax([['no.such.method'], ['no.such.method']], false)
tell('all fail', { codes: [...allFail.errors.values()].map(error => describe(error).code) })

const paged = await ajax({ deals: { method: 'crm.item.list', params: { entityTypeId: 2, select: ['id'], order: { id: 'ASC' } } } }, true)
const page = paged.getData().deals
tell('page figures', { total: page.getTotal(), isMore: page.isMore(), time: page.getData().time })

const many = Array.from({ length: 120 }, (_, index) => ['crm.item.list', { entityTypeId: 2, filter: { '=title': `Сделка ${index + 1}` }, select: ['id', 'title'] }])
const chunks = await client.actions.v2.batchByChunk.make({ calls: many, options: { isHaltOnError: true } })
tell('chunks', { isSuccess: chunks.isSuccess, titles: chunks.getData().map(answer => answer.items[0]?.title) })

tell('in a batch', await failure(() => ajax([['batch', { cmd: ['server.time'] }]], false)))

// Past the SDK's own check: 51 commands in one request.
const long = await result(client, 'batch', { halt: 0, cmd: Array.from({ length: 51 }, () => 'server.time') })
tell('too long', { results: long.result.length, errors: long.result_error })
