// What the SDK makes of a portal's refusals.
import { call, failure, hook, oauth, settings, tell } from './sdk.mjs'

const byHook = hook()
const byApp = oauth()
const fails = (name, client, method, params) => failure(() => call(client, method, params)).then(seen => tell(name, seen))

await fails('no such method', byHook, 'no.such.method')
await fails('no such deal', byHook, 'crm.item.get', { entityTypeId: 2, id: 999999 })
await fails('no such type', byHook, 'crm.item.get', { entityTypeId: 99999, id: 1 })
await fails('missing parameter', byHook, 'crm.item.get', { entityTypeId: 2 })
await fails('application wanted', byHook, 'app.info')
await fails('robot by webhook', byHook, 'bizproc.robot.list')
await fails('no scope for a webhook', hook(settings.narrowWebhook), 'crm.item.get', { entityTypeId: 2, id: 1 })
await fails('no scope for an application', byApp, 'user.get')
await fails('no right', hook(settings.powerlessWebhook), 'crm.item.get', { entityTypeId: 2, id: settings.dealId })
await fails('no administrator', hook(settings.powerlessWebhook), 'bizproc.workflow.instances')
await fails('wrong secret', hook(settings.wrongWebhook), 'profile')
await fails('wrong event', byApp, 'event.bind', { event: 'ONNOTHING', handler: 'https://app.example.com/event' })
await fails('wrong robot', byApp, 'bizproc.robot.add', { CODE: 'не код', HANDLER: 'https://app.example.com/robot', NAME: 'Робот' })
await fails('wrong placement', byApp, 'placement.bind', { PLACEMENT: 'NOWHERE', HANDLER: 'https://app.example.com/place' })
