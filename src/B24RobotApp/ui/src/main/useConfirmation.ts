import { inject, provide, shallowRef, type InjectionKey, type Ref, type ShallowRef } from 'vue'

/** What a person is asked before it is done. */
export interface Question {
  text: string
  /** What the button says that does it. */
  action: string
  work: () => void | Promise<void>
}

const key: InjectionKey<ShallowRef<Question | undefined>> = Symbol('confirmation')

/** For the page that shows the questions of its parts: what is asked now. */
export function provideConfirmation(): Ref<Question | undefined> {
  const asked = shallowRef<Question>()
  provide(key, asked)
  return asked
}

/** Asks in the page before something is done: browsers show no dialogs of their own for pages in a foreign frame. */
export function useConfirmation(): (text: string, action: string, work: () => void | Promise<void>) => void {
  const asked = inject(key)
  if (!asked) {
    throw new Error('Nobody shows the question.')
  }

  return (text, action, work) => {
    asked.value = { text, action, work }
  }
}
