import { onMounted, onUnmounted } from 'vue'
import { useApi } from '../useApi'

const AgainAfter = 3000

/** Hears what the server says as it happens, while the page is looked at; when the line breaks it is taken up again. */
export function useStream<T>(path: string, heard: (said: T) => void | Promise<void>, failed: (failure: unknown) => void): void {
  const api = useApi()
  let line: AbortController | undefined
  let timer = 0

  const open = async (): Promise<void> => {
    window.clearTimeout(timer)
    const mine = (line = new AbortController())
    try {
      await api.listen<T>(path, heard, mine.signal)
    } catch (failure) {
      if (!mine.signal.aborted) {
        failed(failure)
      }
    }

    if (!mine.signal.aborted) {
      timer = window.setTimeout(open, AgainAfter)
    }
  }
  const close = (): void => {
    line?.abort()
    window.clearTimeout(timer)
  }
  const look = (): void => {
    close()
    if (document.visibilityState === 'visible') {
      void open()
    }
  }

  onMounted(() => {
    document.addEventListener('visibilitychange', look)
    look()
  })
  onUnmounted(() => {
    document.removeEventListener('visibilitychange', look)
    close()
  })
}
