import './page.css'
import type { B24Frame } from '@bitrix24/b24jssdk'
import b24Ui from '@bitrix24/b24ui-nuxt/vue-plugin'
import { createApp, type Component, type InjectionKey } from 'vue'
import { Api } from './api'
import { languageOf, openFrame } from './frame'
import { messageOf } from './messageOf'
import { sayIn, sayKey } from './texts'
import { apiKey } from './useApi'

export const frameKey: InjectionKey<B24Frame> = Symbol('frame')

/** Opens a page in its portal's frame: light or dark as the portal, in its language. */
export async function mount(page: Component): Promise<void> {
  const dark = window.matchMedia('(prefers-color-scheme: dark)')
  const follow = () => {
    document.documentElement.classList.toggle('dark', dark.matches)
    document.documentElement.classList.toggle('light', !dark.matches)
  }
  follow()
  dark.addEventListener('change', follow)

  const place = document.getElementById('app')
  try {
    const frame = await openFrame()
    const language = languageOf(frame.getLang())
    document.documentElement.lang = language
    createApp(page)
      .use(b24Ui)
      .provide(frameKey, frame)
      .provide(sayKey, sayIn(language))
      .provide(apiKey, new Api(frame, document.body.dataset['root'] ?? ''))
      .mount('#app')
  } catch (problem) {
    if (place) {
      const language = document.documentElement.lang === 'ru' ? 'ru' : 'en'
      place.textContent = sayIn(language)('failed', { problem: messageOf(problem) })
    }
  }
}
