import { initializeB24Frame, type B24Frame } from '@bitrix24/b24jssdk'

/** The portal around the page: who looks, in which language, and its commands. */
export async function openFrame(): Promise<B24Frame> {
  return await initializeB24Frame()
}

/** Which of the app's two languages suits the portal's. */
export function languageOf(lang: string): 'ru' | 'en' {
  return ['ru', 'ua', 'kz', 'by'].includes(lang.toLowerCase()) ? 'ru' : 'en'
}
