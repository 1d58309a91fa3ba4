// Shows what the sandbox's portals hold and hear, from the control interface alone; asks again every two seconds.
import { labels } from './labels.js'

const pollMilliseconds = 2000
const text = labels(navigator.language)
const opened = new Set()
const drawn = new Map()
const details = new Map()
const fields = new Map()

document.documentElement.lang = text.language
for (const element of document.querySelectorAll('[data-text]')) {
  element.textContent = text[element.dataset.text]
}

async function ask(path, body, method = body === undefined ? 'GET' : 'POST') {
  const answer = await fetch(`/control/${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body) })
  const value = await answer.json()
  if (!answer.ok) {
    throw new Error(value.error_description ?? value.error)
  }
  return value
}

const rest = (portal, method, params) => ask(`portals/${portal}/call`, { method, params }).then(answer => answer.result)

function make(tag, given, ...children) {
  const { on = {}, data = {}, ...properties } = given ?? {}
  const element = Object.assign(document.createElement(tag), properties)
  Object.assign(element.dataset, data)
  for (const [event, handler] of Object.entries(on)) {
    element.addEventListener(event, handler)
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false))
  return element
}

// What is folded out stays so when its part of the page is drawn again.
function folds(key, summary, className, body) {
  const element = make('details', { className, open: opened.has(key) }, make('summary', null, summary))
  const fill = () => element.childElementCount === 1 && element.append(body())
  if (element.open) {
    fill()
  }
  element.addEventListener('toggle', () => {
    opened[element.open ? 'add' : 'delete'](key)
    if (element.open) {
      fill()
    }
  })
  return element
}

// Draws a part again only when what it shows has changed.
function draw(id, value, render) {
  const seen = JSON.stringify(value)
  if (drawn.get(id) !== seen) {
    drawn.set(id, seen)
    const content = [render(value)].flat()
    document.getElementById(id).replaceChildren(...content.length > 0 ? content : [make('p', { className: 'quiet' }, text.nothing)])
  }
}

async function act(work) {
  try {
    await work()
    await refresh()
  } catch (error) {
    say(error.message, 'bad')
  }
}

function say(message, className) {
  Object.assign(document.getElementById('connection'), { textContent: message, className })
}

// ---- boards

function boards(portals) {
  return portals.map(portal => make('div', null,
    make('div', { className: 'board-head' },
      make('h2', null, portal.title),
      make('a', { href: portal.url }, portal.url),
      make('label', null,
        make('input', { type: 'checkbox', checked: portal.limits.limitsRate, on: { change: event => act(() => limit(portal.code, event.target.checked)) } }),
        ` ${text.limits}`)),
    portal.stages.map(pipeline => board(portal, pipeline))))
}

const limit = (portal, isOn) => ask(`portals/${portal}/limits`, { limitsRate: isOn, limitsOperating: isOn })

function board(portal, pipeline) {
  const won = pipeline.stages.findIndex(stage => stage.stageId.endsWith('WON'))
  return make('div', { className: 'pipeline' },
    make('h3', null, pipeline.name),
    make('div', { className: 'stages' }, pipeline.stages.map((stage, index) => {
      const deals = portal.deals.filter(deal => deal.stageId === stage.stageId && deal.categoryId === pipeline.categoryId)
      const next = won < 0 || index < won ? pipeline.stages[index + 1] : undefined
      return make('div', { className: `stage ${index === won ? 'won' : won >= 0 && index > won ? 'after' : ''}` },
        make('header', null, stage.name, make('span', { className: 'quiet' }, `${deals.length || ''}`)),
        robotsOn(portal, pipeline, stage),
        deals.toReversed().map(deal => card(portal, deal, next)))
    })))
}

function robotsOn(portal, pipeline, stage) {
  const here = portal.robots.filter(robot => robot.stageId === stage.stageId && robot.categoryId === pipeline.categoryId)
  return here.length > 0 && make('div', { className: 'placed' }, here.map(robot => make('div', null, `⚙ ${robot.code ?? text.kinds[robot.type] ?? robot.type}`)))
}

function card(portal, deal, next) {
  return make('article', { className: `deal${portal.code === 'esb' && details.has(deal.id) ? ' new' : ''}` },
    make('span', null, make('span', { className: 'quiet' }, `${deal.id} `), deal.title),
    next && make('button', { type: 'button', on: { click: () => act(() => ask(`portals/${portal.code}/deals/${deal.id}/move`, { stageId: next.stageId })) } }, `→ ${next.name}`))
}

// ---- robots and workflows

function robots(portals) {
  return portals.flatMap(portal => portal.robots.map(robot => {
    const pipeline = portal.stages.find(known => known.categoryId === robot.categoryId)
    const stage = pipeline?.stages.find(known => known.stageId === robot.stageId)
    const { name, categoryId, stageId, clientId, code, properties = {}, type, timeoutSeconds, ...settings } = robot
    return make('div', { className: 'card' },
      make('h3', null, [text.kinds[type] ?? type, code].filter(Boolean).join(' '),
        make('span', { className: 'quiet' }, ` · ${portal.title} · ${pipeline?.name ?? categoryId} · ${stage?.name ?? stageId}`)),
      list({ [text.name]: name, [text.timeout]: timeoutSeconds || null, ...settings, ...properties }))
  }))
}

function list(values) {
  const shown = Object.entries(values).filter(([, value]) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0))
  return make('dl', null, shown.flatMap(([key, value]) => [make('dt', null, key), make('dd', null, plain(value))]))
}

const plain = value => typeof value === 'object' ? JSON.stringify(value) : `${value}`

function workflows(portals) {
  return portals.flatMap(portal => portal.workflows.map(workflow => ({ portal, workflow })))
    .sort((left, right) => right.workflow.started.localeCompare(left.workflow.started)).slice(0, 30)
    .map(({ portal, workflow }) => {
      const deal = portal.deals.find(known => known.id === workflow.dealId)
      return make('div', { className: 'card' },
        make('h3', null, `${workflow.dealId} ${deal?.title ?? ''}`, make('span', { className: 'quiet' }, ` · ${portal.title} · ${clock(workflow.started)}`)),
        make('p', { className: workflow.isWaiting ? 'warn' : 'quiet', style: 'margin:0' }, text.states[workflow.isWaiting ? 'Waiting' : workflow.state] ?? workflow.state),
        Object.entries(workflow.returned).map(([robot, values]) => make('div', null, make('span', { className: 'quiet' }, `${robot}:`), list(values))),
        workflow.log.length > 0 && folds(`workflow ${workflow.id}`, `${text.log} (${workflow.log.length})`, '', () => make('pre', null, workflow.log.join('\n'))))
    })
}

// ---- what arrived on the ESB

// Deals that came from elsewhere, read as a user of the ESB would read them; a deal is read again only when it has changed.
async function readArrived(portal) {
  const page = await rest(portal, 'crm.item.list', { entityTypeId: 2, filter: { '!originId': '' }, order: { id: 'DESC' }, start: -1 })
  const items = page.items.filter(item => item.originId).slice(0, 12)
  if (items.some(item => Object.keys(item).some(key => key.startsWith('ufCrm') && !fields.has(key)))) {
    const known = await rest(portal, 'crm.item.fields', { entityTypeId: 2 })
    Object.entries(known.fields).forEach(([key, field]) => fields.set(key, field))
  }
  for (const item of items) {
    // Rows and comments change a deal without a new time, so they are part of what is compared.
    const { productRows, comments } = await ask(`portals/${portal}/deals/${item.id}`)
    const known = details.get(item.id)
    const isKnown = known?.item.updatedTime === item.updatedTime && known.item.companyId === item.companyId
    details.set(item.id, { item, productRows, comments, clients: isKnown && known.clients.length > 0 ? known.clients : await readClients(portal, item) })
  }
  return items.map(item => details.get(item.id))
}

async function readClients(portal, item) {
  const read = (entityTypeId, id) => rest(portal, 'crm.item.get', { entityTypeId, id }).then(answer => answer.item)
  const wanted = [...item.companyId ? [[4, item.companyId]] : [], ...(item.contactIds ?? []).map(id => [3, id])]
  return Promise.all(wanted.map(([entityTypeId, id]) => read(entityTypeId, id)))
}

const systemFields = ['id', 'title', 'companyId', 'contactIds', 'contactId', 'contacts', 'companyIds', 'createdTime', 'updatedTime', 'movedTime',
  'lastActivityTime', 'createdBy', 'updatedBy', 'movedBy', 'lastActivityBy', 'entityTypeId', 'opened', 'closed', 'isNew', 'isRecurring', 'isReturnCustomer',
  'isRepeatedApproach', 'stageSemanticId', 'previousStageId', 'begindate', 'closedate', 'opportunityAccount', 'accountCurrencyId', 'exchRate', 'taxValueAccount',
  'probability', 'locationId', 'lastCommunicationTime', 'observers', 'webformId', 'leadId', 'quoteId', 'mycompanyId',
  'searchContent', 'isWork', 'isWon', 'isLose']

// Of a list field the choice, not its number.
function chosen(key, value) {
  const choices = fields.get(key)?.items
  return choices ? [value].flat().map(id => choices.find(item => Number(item.ID) === Number(id))?.VALUE ?? id).join(', ') : value
}

function arrived(deals) {
  return deals.map(({ item, productRows, comments, clients }) => make('article', { className: 'card' },
    make('h3', null, `${item.id} ${item.title}`),
    list(Object.fromEntries(Object.entries(item)
      .filter(([key, value]) => !systemFields.includes(key) && value !== 0 && value !== false && value !== 'N')
      .map(([key, value]) => [fields.get(key)?.title ?? key, chosen(key, value)]))),
    clients.length > 0 && [make('h3', null, text.client), make('dl', null, clients.flatMap(client => [
      make('dt', null, client.title && !client.lastName ? text.company : text.contact),
      make('dd', null, [client.title ?? [client.name, client.secondName, client.lastName].filter(Boolean).join(' '), ...(client.fm ?? []).map(value => value.value)].filter(Boolean).join('\n')),
    ]))],
    productRows?.length > 0 && [make('h3', null, text.rows), rowsTable(productRows)],
    comments?.length > 0 && folds(`comments ${item.id}`, `${text.comments} (${comments.length})`, '', () => make('pre', null, comments.map(comment => comment.COMMENT).join('\n\n')))))
}

function rowsTable(rows) {
  const cell = (value, tag = 'td') => make(tag, { className: 'number' }, `${value ?? ''}`)
  return make('table', null,
    make('tr', null, make('th', null, text.product), cell(text.quantity, 'th'), cell(text.price, 'th'), cell(text.discount, 'th'), cell(text.tax, 'th')),
    rows.map(row => make('tr', null, make('td', null, row.productName), cell(row.quantity), cell(row.price), cell(row.discountRate ? `${row.discountRate}%` : row.discountSum || ''), cell(row.taxRate === null ? '' : `${row.taxRate}%`))))
}

// ---- faults

const places = state => [...state.portals.map(portal => [`portals/${portal.code}`, portal.title]), ['oauth', text.oauth]]

function faults(rulesByPlace) {
  return rulesByPlace.filter(({ rules }) => rules.length > 0).map(({ path, title, rules }) => make('div', { className: 'card' },
    make('h3', null, title),
    rules.map(rule => make('p', { className: rule.remaining === 0 ? 'quiet' : 'warn', style: 'margin:0' },
      `${rule.kind} · ${rule.pattern} · ${rule.remaining === null ? text.always : `${text.remaining} ${rule.remaining}`} · ${text.struck} ${rule.struck}`)),
    make('button', { type: 'button', style: 'margin-top:6px', on: { click: () => act(() => ask(`${path}/faults`, undefined, 'DELETE')) } }, text.switchOff)))
}

document.getElementById('fault-form').addEventListener('submit', event => {
  event.preventDefault()
  const { place, kind, pattern, count, delaySeconds } = Object.fromEntries(new FormData(event.target))
  act(() => ask(`${place}/faults`, {
    kind, pattern, delaySeconds: Number(delaySeconds), ...(count ? { count: Number(count) } : {}),
    // A refusal needs a code; this one is what a portal's support sends when it blocks somebody.
    ...(kind === 'Refuse' ? { code: 'OVERLOAD_LIMIT', status: 503 } : {}),
  }))
})

// ---- journal

const clock = time => new Date(time).toLocaleTimeString(text.language, { hour12: false })

function journal(entries) {
  return entries.map(({ place, entry, isDelivery }) => folds(`${place} ${entry.time} ${entry.method}`,
    make('div', { style: 'display:contents' },
      make('span', { className: 'quiet' }, clock(entry.time)),
      make('span', { className: isDelivery ? 'warn' : '' }, place),
      make('span', { className: 'method' }, entry.method,
        entry.calls.length > 0 && make('span', { className: 'calls' }, entry.calls.map(call => call.error ? `${call.method} ✗` : call.method).join(', '))),
      make('span', { className: 'quiet' }, entry.caller),
      make('span', { className: entry.error || entry.fault || entry.status >= 400 || entry.status === 0 ? 'bad' : 'good' }, [entry.status || '—', entry.error, entry.fault].filter(Boolean).join(' · ')),
      make('span', { className: 'quiet' }, `${entry.milliseconds.toFixed(entry.milliseconds < 10 ? 1 : 0)} ms`)),
    'request',
    () => make('div', { className: 'body' },
      entry.defect && make('pre', { className: 'bad' }, entry.defect),
      entry.parameters && Object.keys(entry.parameters).length > 0 && make('pre', null, JSON.stringify(entry.parameters, null, 2)),
      entry.calls.length > 0 && make('ol', null, entry.calls.map(call => make('li', null,
        make('code', null, `${call.key}: ${call.method}`), call.error && make('span', { className: 'bad' }, ` ${call.error}`),
        make('pre', null, JSON.stringify(call.parameters, null, 2))))))))
}

// A post of a portal's queue to the application, in the shape of a request.
const asEntry = delivery => ({
  time: delivery.queuedAt, method: delivery.name, caller: delivery.webhookId ? `${text.outgoing} ${delivery.webhookId}: ${delivery.handler}` : delivery.handler, status: delivery.status ?? 0, error: delivery.failure, fault: delivery.posts > 1 ? `× ${delivery.posts}` : null, defect: null,
  milliseconds: delivery.milliseconds, parameters: delivery.form, calls: [],
})

// ---- all together

async function refresh() {
  const state = await ask('state')
  // Deals go from left to right in people's minds: the ESB comes last.
  const order = state.portals.toSorted((left, right) => (left.code === 'esb') - (right.code === 'esb'))
  const portals = await Promise.all(order.map(async portal => {
    const [stages, deals, placed, running, requests, deliveries, limits, rules] = await Promise.all(
      ['stages', 'deals', 'robots', 'workflows', 'journal?last=40', 'deliveries', 'limits', 'faults'].map(part => ask(`portals/${portal.code}/${part}`)))
    return { ...portal, stages, deals, robots: placed, workflows: running, requests, deliveries, limits, rules }
  }))
  const oauth = { requests: await ask('oauth/journal?last=40'), rules: await ask('oauth/faults') }
  const deals = portals.some(portal => portal.code === 'esb') ? await readArrived('esb') : []

  draw('addresses', state.oauth, address => `${text.oauth} ${address}`)
  draw('boards', portals.map(({ code, title, url, stages, deals: cards, robots: placed, limits }) => ({ code, title, url, stages, deals: cards, robots: placed, limits })), boards)
  draw('arrived', deals, arrived)
  draw('robots', portals.map(({ title, stages, robots: placed }) => ({ title, stages, robots: placed })), robots)
  draw('workflows', portals.map(({ title, deals: cards, workflows: running }) => ({ title, deals: cards, workflows: running })), workflows)
  draw('faults', [...portals.map(portal => ({ path: `portals/${portal.code}`, title: portal.title, rules: portal.rules })), { path: 'oauth', title: text.oauth, rules: oauth.rules }], faults)
  draw('journal', [
    ...portals.flatMap(portal => portal.requests.entries.map(entry => ({ place: portal.title, entry }))),
    ...portals.flatMap(portal => portal.deliveries.slice(-20).map(delivery => ({ place: `${portal.title} →`, entry: asEntry(delivery), isDelivery: true }))),
    ...oauth.requests.entries.map(entry => ({ place: text.oauth, entry })),
  ].sort((left, right) => right.entry.time.localeCompare(left.entry.time)).slice(0, 100), journal)

  const form = document.getElementById('fault-form').elements
  if (form.kind.options.length === 0) {
    form.kind.replaceChildren(...state.faultKinds.map(kind => make('option', { value: kind }, kind)))
    form.place.replaceChildren(...places(state).map(([path, title]) => make('option', { value: path }, title)))
    form.count.placeholder = text.always
  }
  say(`${text.counted} ${portals.map(portal => `${portal.title} ${portal.requests.requests}`).join(', ')}, ${text.oauth} ${oauth.requests.requests}`, 'quiet')
}

async function poll() {
  try {
    await refresh()
  } catch (error) {
    // Stopped or started again: the page stays and comes back with it.
    say(`${text.silent} ${error.message}`, 'bad')
  }
  setTimeout(poll, pollMilliseconds)
}

poll()
