// Lists longer than a page, in the three ways of the SDK: by start, by id in one list, by id page by page.
import { call, hook, result, tell } from './sdk.mjs'

const client = hook()
const filter = { '%title': 'Сделка ' }

const titles = []
let page = await call(client, 'crm.item.list', { entityTypeId: 2, select: ['id', 'title'], filter, order: { id: 'ASC' }, start: 0 })
const sizes = []
tell('total', page.getTotal())
while (page) {
  sizes.push(page.getData().result.items.length)
  titles.push(...page.getData().result.items.map(item => item.title))
  page = await page.fetchNext(client.getHttpClient('v2'))
}
tell('by start', { sizes, titles })

const list = await client.actions.v2.callList.make({
  method: 'crm.item.list', params: { entityTypeId: 2, select: ['id', 'title'], filter }, idKey: 'id', customKeyForResult: 'items',
})
tell('by id', list.getData().map(item => item.title))

const pages = []
for await (const items of client.actions.v2.fetchList.make({
  method: 'crm.item.list', params: { entityTypeId: 2, select: ['id', 'title'], filter }, idKey: 'id', customKeyForResult: 'items',
})) {
  pages.push(items.map(item => item.title))
}
tell('page by page', pages)

const classic = await client.actions.v2.callList.make({ method: 'crm.deal.list', params: { select: ['ID', 'TITLE'], filter: { '%TITLE': 'Сделка ' } } })
tell('classic', classic.getData().map(deal => [typeof deal.ID, deal.TITLE]))

const uncounted = await call(client, 'crm.item.list', { entityTypeId: 2, select: ['id'], order: { id: 'ASC' }, start: -1 })
tell('without count', { total: uncounted.getTotal(), isMore: uncounted.isMore(), items: uncounted.getData().result.items.length })

tell('empty', await result(client, 'crm.item.list', { entityTypeId: 2, filter: { '=title': 'нет такой' } }))
