import { onMounted, onUnmounted } from 'vue'

/** Does something again and again while the page is looked at. */
export function every(milliseconds: number, work: () => Promise<void>): void {
  let timer = 0
  let stopped = false
  const next = async (): Promise<void> => {
    if (document.visibilityState === 'visible') {
      await work()
    }

    if (!stopped) {
      timer = window.setTimeout(next, milliseconds)
    }
  }
  onMounted(() => {
    timer = window.setTimeout(next, milliseconds)
  })
  onUnmounted(() => {
    stopped = true
    window.clearTimeout(timer)
  })
}
