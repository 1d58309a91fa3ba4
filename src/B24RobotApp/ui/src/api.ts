import type { B24Frame } from '@bitrix24/b24jssdk'
import { languageOf } from './frame'

/** What the server says against a request, in words for a person. */
export class ApiError extends Error {
  constructor(readonly status: number, message: string) {
    super(message)
  }
}

/** The app's API. Its bearer is had for the frame's token and lives in this page alone; when it has ended it is had again. */
export class Api {
  private bearer = ''

  constructor(private readonly frame: B24Frame, private readonly root: string) {}

  get<T>(path: string): Promise<T> {
    return this.send<T>('GET', path)
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.send<T>('POST', path, body)
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.send<T>('PUT', path, body)
  }

  /** A document that is kept as it is written. */
  async putText(path: string, text: string): Promise<void> {
    await this.answer('PUT', path, text)
  }

  /** A file, which a link cannot fetch since it has no bearer. */
  async file(path: string): Promise<Blob> {
    return (await this.answer('GET', path)).blob()
  }

  /** What the server says as it happens, until it ends the stream. An EventSource could not carry the bearer. */
  async listen<T>(path: string, heard: (said: T) => void, signal: AbortSignal): Promise<void> {
    const answer = await this.answer('GET', path, undefined, signal)
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
    let waiting = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) {
        return
      }

      const events = (waiting + value).split('\n\n')
      waiting = events.pop() ?? ''
      for (const event of events) {
        const data = event.split('\n').filter(line => line.startsWith('data:')).map(line => line.slice(5)).join('\n')
        if (data) {
          heard(JSON.parse(data) as T)
        }
      }
    }
  }

  delete<T = void>(path: string): Promise<T> {
    return this.send<T>('DELETE', path)
  }

  private async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const text = await (await this.answer(method, path, body)).text()
    return (text ? JSON.parse(text) : undefined) as T
  }

  private async answer(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    if (!this.bearer) {
      await this.begin()
    }

    let answer = await this.request(method, path, body, signal)
    if (answer.status === 401) {
      await this.begin()
      answer = await this.request(method, path, body, signal)
    }

    if (!answer.ok) {
      throw await problemOf(answer)
    }

    return answer
  }

  private request(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.bearer}` }
    if (body !== undefined) {
      headers['Content-Type'] = 'application/json'
    }

    return fetch(`${this.root}/api${path}`, { method, headers, body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body), signal: signal ?? null })
  }

  private async begin(): Promise<void> {
    const known = this.frame.auth.getAuthData()
    const auth = known === false ? await this.frame.auth.refreshAuth() : known
    const answer = await fetch(`${this.root}/api/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ memberId: auth.member_id, accessToken: auth.access_token, language: languageOf(this.frame.getLang()) }),
    })
    if (!answer.ok) {
      throw await problemOf(answer)
    }

    this.bearer = ((await answer.json()) as { token: string }).token
  }
}

async function problemOf(answer: Response): Promise<ApiError> {
  try {
    const problem = (await answer.json()) as { detail?: string; title?: string }
    return new ApiError(answer.status, problem.detail ?? problem.title ?? `${answer.status}`)
  } catch {
    return new ApiError(answer.status, `${answer.status}`)
  }
}
