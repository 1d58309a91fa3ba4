import { ref, type Ref } from 'vue'
import { messageOf } from '../messageOf'

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
      problem.value = messageOf(failure)
    }
  }
  return { problem, notice, attempt }
}
