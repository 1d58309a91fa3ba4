// The application's page of the protocol tests: nothing but the official SDK. A test asks it to do things and gets what the SDK made of them.
window.started = B24Js.initializeB24Frame()
window.messages = []
window.addEventListener('message', ({ data, origin }) => window.messages.push({ data, origin }))
