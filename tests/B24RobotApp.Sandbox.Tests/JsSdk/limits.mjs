// Limits: the portal refuses, and the SDK waits and comes back, or does not come too early.
import { call, failure, hook, result, settings, tell } from './sdk.mjs'

const unlimited = { rateLimit: { burstLimit: 1000, drainRate: 1000, adaptiveEnabled: false } }

if (settings.what === 'rate') {
  const hasty = hook(settings.webhook, unlimited)
  const answers = []
  for (let index = 0; index < 4; index++) {
    answers.push((await call(hasty, 'server.time')).isSuccess)
  }
  const { retries, limitHits } = hasty.getHttpClient('v2').getStats()
  tell('hasty', { answers, retries, limitHits })
} else if (settings.what === 'refused') {
  tell('refused', await failure(() => call(hook(settings.webhook, { ...unlimited, maxRetries: 1 }), 'server.time')))
} else if (settings.what === 'patient') {
  const patient = hook(settings.webhook, { rateLimit: { burstLimit: 2, drainRate: 3, adaptiveEnabled: false } })
  const answers = await Promise.all(Array.from({ length: 8 }, () => call(patient, 'server.time').then(answer => answer.isSuccess)))
  tell('patient', { answers, retries: patient.getHttpClient('v2').getStats().retries })
} else {
  const client = hook(settings.webhook, { ...unlimited, maxRetries: 1 })
  const time = (await call(client, 'crm.item.list', { entityTypeId: 2, select: ['id'] })).getData().time
  tell('operating', { operating: time.operating, resetIn: Math.round(time.operating_reset_at - Date.now() / 1000) })
  await client.actions.v2.batch.make({ calls: [['crm.item.list', { entityTypeId: 2, select: ['id'] }], ['server.time']], options: {} })
  tell('figures', client.getHttpClient('v2').getStats().operatingStats)
  await result(client, 'crm.item.list', { entityTypeId: 2, select: ['id'] })
  tell('blocked', await failure(() => call(client, 'crm.item.list', { entityTypeId: 2, select: ['id'] })))
  tell('another method', (await call(client, 'server.time')).isSuccess)
  const batch = await client.actions.v2.batch.make({ calls: [['crm.item.list', { entityTypeId: 2 }], ['server.time']], options: { isHaltOnError: false, returnAjaxResult: true } })
  tell('blocked in a batch', { successes: batch.getData().map(answer => answer.isSuccess), code: [...batch.errors.values()][0].code })
}
