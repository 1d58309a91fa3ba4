// A portal's pages: they come whole from the server. This brings news, drags and sliders, and loads applications' frames.
import { AppFrame } from './frame.js'

const pollMilliseconds = 1000

// ---- sliders: pages of the portal over the page. One in a slider opens the next over all.

class Sliders {
  #open = []

  open(path, settings, closed) {
    const element = document.createElement('div')
    element.className = 'slider'
    element.innerHTML = '<div class="slider-panel"><button type="button" class="slider-close">×</button><iframe></iframe></div>'
    const panel = element.firstElementChild
    if (Number(settings.width)) {
      panel.style.width = `${settings.width}px`
    }
    const frame = element.querySelector('iframe')
    frame.title = settings.title ?? path
    frame.src = path
    document.body.append(element)
    const slider = { element, path, closed }
    this.#open.push(slider)
    element.querySelector('button').addEventListener('click', () => this.#close(slider))
    element.addEventListener('click', event => event.target === element && this.#close(slider))
  }

  closeIf(matches, closed) {
    const top = this.#open.at(-1)
    if (top && matches(top.path)) {
      this.#close(top)
      closed()
    }
  }

  #close(slider) {
    this.#open = this.#open.filter(other => other !== slider)
    slider.closed?.()
    slider.element.remove()
    refresh()
  }
}

const sliders = window.parent === window ? new Sliders() : window.parent.portalSliders
window.portalSliders = sliders

// ---- frames

for (const layout of document.querySelectorAll('[data-frame]')) {
  new AppFrame(layout, sliders)
}

document.addEventListener('click', event => {
  const name = event.target.dataset?.raise
  if (name) {
    document.dispatchEvent(new CustomEvent(`placement:${name}`, { detail: { event: name, time: Date.now() } }))
  }
})

// ---- news: parts of the page that change by themselves are fetched again and put in if they have changed

let isDragging = false
const seen = new Map()

async function refresh() {
  const parts = document.querySelectorAll('[data-live]')
  if (parts.length === 0 || document.hidden || isDragging) {
    return
  }
  const answer = await fetch(location.href)
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const part of parts) {
    const fresh = page.getElementById(part.id)
    if (fresh && !isDragging && !part.contains(document.activeElement) && fresh.innerHTML !== (seen.get(part.id) ?? part.innerHTML)) {
      seen.set(part.id, fresh.innerHTML)
      part.replaceChildren(...fresh.childNodes)
    }
  }
}

async function poll() {
  try {
    await refresh()
  } catch {
    // The sandbox was stopped or started again: the page stays and comes back with it.
  }
  setTimeout(poll, pollMilliseconds)
}

document.addEventListener('portal:refresh', refresh)
if (document.querySelector('[data-live]')) {
  setTimeout(poll, pollMilliseconds)
}

// ---- drags: a deal to a stage, a robot to a stage

let dragged = null

document.addEventListener('dragstart', event => {
  dragged = event.target.closest?.('[data-drag]')
  if (dragged) {
    isDragging = true
    event.dataTransfer.effectAllowed = 'move'
    event.dataTransfer.setData('text/plain', dragged.dataset.value)
  }
})

document.addEventListener('dragend', () => {
  isDragging = false
  dragged = null
  document.querySelectorAll('.over').forEach(target => target.classList.remove('over'))
})

const targetOf = event => {
  const target = event.target.closest?.('[data-drop]')
  return dragged && target?.dataset.drop === dragged.dataset.drag ? target : null
}

document.addEventListener('dragover', event => {
  const target = targetOf(event)
  document.querySelectorAll('.over').forEach(other => other !== target && other.classList.remove('over'))
  if (target) {
    event.preventDefault()
    target.classList.add('over')
  }
})

document.addEventListener('drop', async event => {
  const target = targetOf(event)
  if (!target) {
    return
  }
  event.preventDefault()
  const { dropGo, dropPost, dropField, dropValue } = target.dataset
  const value = encodeURIComponent(dragged.dataset.value)
  isDragging = false
  if (dropGo) {
    location.assign(dropGo.replace('*', value))
    return
  }
  await fetch(dropPost.replace('*', value), { method: 'POST', body: new URLSearchParams(dropField ? { [dropField]: dropValue } : {}) })
  await refresh()
})

// ---- forms

document.addEventListener('change', event => {
  const form = event.target.closest('form[data-submit]')
  if (form) {
    event.target.blur()
    form.requestSubmit()
  }
})

// A list of texts offers a line more than it has.
document.addEventListener('input', event => {
  const line = event.target
  if ('many' in line.dataset && line.value && !line.nextElementSibling?.matches('[data-many]')) {
    const next = line.cloneNode()
    next.value = ''
    line.after(next)
  }
})

// What is chosen from the list of values goes into the text that was written in last.
let lastText = null

document.addEventListener('focusin', event => {
  if (event.target.matches('form[data-robot-form] textarea, form[data-robot-form] input:not([type])')) {
    lastText = event.target
  }
})

document.querySelector('[data-insert]')?.addEventListener('change', event => {
  const text = lastText ?? event.target.form.querySelector('textarea, input:not([type])')
  if (text && event.target.value) {
    text.setRangeText(event.target.value, text.selectionStart, text.selectionEnd, 'end')
    text.dispatchEvent(new Event('input', { bubbles: true }))
    text.focus()
  }
  event.target.selectedIndex = 0
})
