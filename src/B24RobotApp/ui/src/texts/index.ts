import { inject, type InjectionKey } from 'vue'
import { en } from './en'
import { ru, type Texts } from './ru'

export type TextKey = keyof Texts

/** Says a text, with values in place of its {names}. */
export type Say = (key: TextKey, values?: Record<string, string | number>) => string

export function sayIn(language: 'ru' | 'en'): Say {
  const texts = language === 'ru' ? ru : en
  return (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

export const sayKey: InjectionKey<Say> = Symbol('say')

export function useSay(): Say {
  const say = inject(sayKey)
  if (!say) {
    throw new Error('The page has no texts.')
  }

  return say
}
