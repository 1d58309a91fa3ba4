import { ref, type Ref } from 'vue'

/** Does what a person asked for; what comes of it is said in `problem` or `notice`. */
export function useAttempt(): { problem: Ref<string>; notice: Ref<string>; attempt: (work: () => Promise<void>) => Promise<void> } {
  const problem = ref('')
  const notice = ref('')
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    problem.value = ''
    notice.value = ''
    try {
      await work()
    } catch (failure) {
      problem.value = failure instanceof Error ? failure.message : String(failure)
    }
  }
  return { problem, notice, attempt }
}
