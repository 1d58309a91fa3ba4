// What the scripts share. A script gets its settings as JSON on standard input and says what it saw in lines of JSON: {"saw": name, "value": ...}.
import { text } from 'node:stream/consumers'
import { ApiVersion, B24Hook, B24OAuth } from '@bitrix24/b24jssdk'

export const settings = JSON.parse(await text(process.stdin))

export function tell(saw, value) {
  console.log(JSON.stringify({ saw, value: value ?? null }))
}

// The SDK writes https into the address of every webhook, and the sandbox has no certificate. The scheme is all that is changed
// here, on the HTTP client that the SDK shows.
export function hook(url = settings.webhook, restrictionParams = undefined) {
  const client = B24Hook.fromWebhookUrl(url.replace('http:', 'https:'), { restrictionParams })
  client.getHttpClient(ApiVersion.v2).ajaxClient.interceptors.request.use(request => {
    request.url = request.url.replace('https:', 'http:')
    return request
  })
  return client
}

export function oauth(restrictionParams = undefined) {
  return new B24OAuth(settings.tokens, settings.secret, { restrictionParams })
}

export function call(client, method, params = {}) {
  return client.actions.v2.call.make({ method, params })
}

export async function result(client, method, params = {}) {
  return (await call(client, method, params)).getData().result
}

// What the SDK makes of an error: its class, code, status and text.
export async function failure(work) {
  try {
    const answer = await work()
    return describe([...answer.errors.values()][0])
  } catch (error) {
    return describe(error)
  }
}

export function describe(error) {
  return error && { kind: error.constructor.name, code: error.code, status: error.status, text: error.message }
}

// Errors of a batch by the name of their command.
export function errorsOf(answer) {
  return Object.fromEntries([...answer.errors].map(([key, error]) => [key, describe(error)]))
}
