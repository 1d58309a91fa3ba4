// The portal's side of the frame protocol: an application's page in a frame sends commands as messages and gets answers. Only the frame's own
// origin and session are listened to, and answers go to that origin alone. What the portal does not answer is not answered here either.

// Paths that an application may open; anything else is refused with PATH_NOT_AVAILABLE.
const openable = /^\/(crm\/(deal|lead|contact|company|type)|marketplace|company\/personal\/user\/\d+|workgroups\/group\/\d+)\//

// Settings of a slider stand among the options that are handed to the page in it, with this before their names.
const sliderPrefix = 'bx24_'

// Text: command:json:callback:session, where the JSON may hold colons and may be missing. Object: for commands whose name has one.
function parse(data) {
  if (typeof data === 'object' && data !== null) {
    return { command: data.method, callback: data.callback, session: data.appSid, params: data.params || [] }
  }
  if (typeof data !== 'string') {
    return null
  }
  const parts = data.split(':')
  const json = parts.slice(1, -2).join(':')
  try {
    return { command: parts[0], callback: parts.at(-2), session: parts.at(-1), params: json ? JSON.parse(json) : [] }
  } catch {
    return null
  }
}

// Who was chosen is told; to leave the list without choosing is told to nobody.
function pick(users, many, choose, chosen) {
  const dialog = document.createElement('dialog')
  dialog.className = 'picker'
  for (const user of users) {
    const box = Object.assign(document.createElement('input'), { type: many ? 'checkbox' : 'radio', name: 'user', value: user.id })
    const label = document.createElement('label')
    label.append(box, ` ${user.name}`)
    dialog.append(label)
  }
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'primary', textContent: choose })
  button.addEventListener('click', () => {
    const ids = [...dialog.querySelectorAll(':checked')].map(box => box.value)
    dialog.close()
    if (ids.length > 0) {
      chosen(users.filter(user => ids.includes(user.id)))
    }
  })
  dialog.append(button)
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}

export class AppFrame {
  constructor(layout, slider) {
    this.layout = layout
    this.slider = slider
    this.frame = layout.querySelector('iframe')
    this.loading = layout.querySelector('.app-loading')
    Object.assign(this, JSON.parse(layout.dataset.frame))
    if (layout.dataset.height) {
      layout.style.height = `${layout.dataset.height}px`
    }
    window.addEventListener('message', event => this.receive(event))
    this.frame.addEventListener('load', () => { this.loading.hidden = true })
    const form = layout.querySelector('template').content.firstElementChild
    document.body.append(form)
    form.submit()
  }

  receive({ origin, data }) {
    const message = origin === this.origin ? parse(data) : null
    if (message === null || message.session !== this.session || this.denied.includes(message.command) || !Object.hasOwn(this.commands, message.command)) {
      return
    }
    const answer = result => message.callback && this.frame.contentWindow?.postMessage(
      `${message.callback}:${result === undefined ? '' : JSON.stringify(result)}`, this.origin)
    this.commands[message.command](message.params, answer)
  }

  async ask(action, body) {
    const answer = await fetch(`/sandbox/frame/${this.session}/${action}`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
    })
    return answer.json()
  }

  resize({ width, height }, answer) {
    if (width !== undefined) {
      this.layout.style.width = width === '100%' ? width : `${parseInt(width) || 100}px`
    }
    if (parseInt(height)) {
      this.layout.style.height = `${parseInt(height)}px`
      this.layout.classList.remove('app-layout-full')
    }
    const box = this.layout.getBoundingClientRect()
    answer({ width: box.width, height: box.height })
  }

  commands = {
    getInitData: (params, answer) => {
      answer(this.init)
      this.init.FIRST_RUN = false
    },

    refreshAuth: async (params, answer) => {
      const tokens = await this.ask('access_refresh', {})
      if (!tokens.access_token) {
        this.loading.hidden = false
        this.loading.textContent = this.loading.dataset.failed
        return
      }
      Object.assign(this.init, { AUTH_ID: tokens.access_token, AUTH_EXPIRES: tokens.expires_in, REFRESH_ID: tokens.refresh_token })
      answer({ AUTH_ID: tokens.access_token, AUTH_EXPIRES: tokens.expires_in, REFRESH_ID: tokens.refresh_token })
    },

    setInstall: async (params, answer) => {
      await this.ask('set_install', params)
      answer(params)
    },

    // The page goes away, so this has no answer.
    setInstallFinish: async () => {
      const { result } = await this.ask('set_installed', {})
      const address = new URL(location.href)
      address.searchParams.set('install_finished', result ? 'Y' : 'N')
      location.assign(address)
    },

    getInterface: (params, answer) => answer({ command: Object.keys(this.ofPlacement()), event: this.events }),

    resizeWindow: (params, answer) => this.resize(this.isCardTab() ? { height: params.height } : params, answer),

    setTitle: (params, answer) => {
      document.title = params.title
      const heading = document.getElementById('pagetitle')
      if (heading) {
        heading.textContent = params.title
      }
      answer(params)
    },

    setScroll: (params, answer) => {
      if (params.scroll >= 0) {
        window.scrollTo(window.scrollX, parseInt(params.scroll))
      }
      answer(params)
    },

    reloadWindow: () => location.reload(),

    setUserOption: async (params, answer) => {
      this.init.USER_OPTIONS = { ...this.init.USER_OPTIONS, [params.name]: params.value }
      await this.ask('set_user_option', params)
      answer(params)
    },

    // Of administrators only; anybody else waits in vain. The answer is all options.
    setAppOption: async (params, answer) => {
      if (this.init.IS_ADMIN) {
        answer(await this.ask('set_option', { options: [{ name: params.name, value: params.value }] }))
      }
    },

    selectUser: ({ mult }, answer) => pick(this.users, Boolean(mult), this.choose, chosen => answer(mult ? chosen : chosen[0])),

    openApplication: (params, answer) => {
      const settings = {}
      let options = {}
      for (const [key, value] of Object.entries(params)) {
        if (key.startsWith(sliderPrefix)) {
          settings[key.slice(sliderPrefix.length)] = value
        } else {
          options[key] = value
        }
      }
      options = 'options' in options && 'params' in options ? options.params : options
      const query = new URLSearchParams({ IFRAME: 'Y', options: JSON.stringify(options) })
      this.slider.open(`/marketplace/view/${this.application}/?${query}`, settings, () => answer())
    },

    openPath: ({ path }, answer) => {
      if (typeof path !== 'string' || !openable.test(path)) {
        answer({ result: 'error', errorCode: 'PATH_NOT_AVAILABLE' })
        return
      }
      const address = new URL(path, location.origin)
      for (const [name, value] of Object.entries({ IFRAME: 'Y', from: 'rest_placement', from_app: this.clientId })) {
        address.searchParams.set(name, value)
      }
      this.slider.open(address.pathname + address.search, {}, () => answer({ result: 'close' }))
    },

    // Closes the slider on top if this application's page is in it; anywhere else nothing happens.
    closeApplication: (params, answer) => this.slider.closeIf(address => address.startsWith(`/marketplace/view/${this.application}/`), () => answer()),

    placementBindEvent: ({ event }, answer) => {
      if (this.init.PLACEMENT !== 'DEFAULT' && this.events.includes(event)) {
        document.addEventListener(`placement:${event}`, raised => answer(raised.detail))
      }
    },

    reloadData: (params, answer) => this.isCardTab() && this.ofPlacement().reloadData(params, answer),

    setPropertyValue: params => this.ofPlacement().setPropertyValue?.(params),
  }

  isCardTab() {
    return /^CRM_\w+_DETAIL_TAB$/.test(this.init.PLACEMENT)
  }

  // The commands that only this place has.
  ofPlacement() {
    if (this.init.PLACEMENT === 'BIZPROC_ACTIVITY_PROPERTIES_DIALOG') {
      return { setPropertyValue: params => this.setProperties(params) }
    }
    return this.isCardTab()
      ? { reloadData: (params, answer) => { document.dispatchEvent(new Event('portal:refresh')); answer() } }
      : {}
  }

  // Values go into the form as texts and are saved with it. What is no property of the robot is dropped.
  setProperties(values) {
    const form = this.layout.closest('form')
    for (const [id, value] of Object.entries(values).filter(([id]) => this.properties?.[id])) {
      const name = `property_${id.toLowerCase()}${Array.isArray(value) ? '[]' : ''}`
      form.querySelectorAll(`[name="${CSS.escape(name)}"]`).forEach(old => old.remove())
      for (const one of [value].flat()) {
        form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value: one }))
      }
    }
  }
}
