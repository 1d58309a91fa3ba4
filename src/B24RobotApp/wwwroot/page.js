// The pages' only script. A page knows its portal's frame by its window's name: DOMAIN|PROTOCOL|APP_SID.
(() => {
  const { ticket, portal } = document.body.dataset;

  // Tells the frame's parent a command, in the portal's own form: command:callback:session.
  function tellPortal(command) {
    const session = window.name.split('|')[2] ?? '';
    window.parent.postMessage([command, 'b24robot', session].filter(Boolean).join(':'), portal);
  }

  document.getElementById('finish')?.addEventListener('click', (event) => {
    event.target.disabled = true;
    tellPortal('setInstallFinish');
  });

  document.getElementById('credentials')?.addEventListener('submit', async (event) => {
    event.preventDefault();
    const form = event.target;
    const button = form.querySelector('button');
    const result = document.getElementById('credentials-result');
    button.disabled = true;
    try {
      const answer = await fetch('/install/credentials', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ ticket, clientId: form.clientId.value, clientSecret: form.clientSecret.value }),
      });
      const { saved, message } = await answer.json();
      result.textContent = message;
      result.className = saved ? 'good' : 'bad';
      if (saved) {
        form.clientSecret.value = '';
      }
    } catch {
      result.textContent = '—';
      result.className = 'bad';
    } finally {
      button.disabled = false;
    }
  });
})();
