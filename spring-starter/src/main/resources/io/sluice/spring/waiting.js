(function () {
  'use strict';
  var HOLD_OFF_MS = 1000, LONGEST_RETRY_MS = 60000, POLL_TIMEOUT_MS = 10000, SPEAK_EVERY_MS = 30000;

  var page = document.documentElement;
  var data = JSON.parse(part('data').textContent);
  var figures = new Intl.NumberFormat(data.language);
  var title = document.title;
  var timer, polling = false, leaving = false;
  var lastPoll = Date.now(), failures = 0, spokenAt = 0, spokenText = '';

  function part(name) {
    return document.querySelector('[data-sluice="' + name + '"]');
  }

  function write(name, text) {
    var element = part(name);
    if (element && element.textContent !== text) {
      element.textContent = text;
    }
  }

  /** The same rule as Pages.eta on the server. */
  function etaText(seconds) {
    if (seconds === undefined) {
      return data.texts['eta.unknown'];
    }
    if (seconds < 60) {
      return data.texts['eta.seconds'].replace('{seconds}', figures.format(Math.max(1, seconds)));
    }
    var minutes = Math.ceil(seconds / 60);
    return data.texts[minutes < 60 ? 'eta.minutes' : minutes % 60 === 0 ? 'eta.hours' : 'eta.hours-minutes']
      .replace('{hours}', figures.format(Math.floor(minutes / 60)))
      .replace('{minutes}', figures.format(minutes % 60));
  }

  function enterState(state) {
    var text = 'waiting.' + state, own = data.texts[text + '.title'];
    var changed = page.getAttribute('data-state') !== state;
    page.setAttribute('data-state', state);
    title = own || data.texts['waiting.title'];
    write('title', title);
    if (state !== 'queued') {
      document.title = title;
      if (changed) {
        speak((own ? own + '. ' : '') + data.texts[text], true);
      }
    }
  }

  /** Politely, and not at every change of a figure. */
  function speak(text, atOnce) {
    var now = Date.now();
    if (text !== spokenText && (atOnce || now - spokenAt >= SPEAK_EVERY_MS)) {
      spokenAt = now;
      spokenText = text;
      write('spoken', text);
    }
  }

  /** How far this tab has come since it first saw its place. */
  function showProgress(position) {
    var key = 'sluice-' + data.room, bar = part('progress'), first = position;
    try {
      first = Math.max(position, Number(sessionStorage.getItem(key)) || 0);
      sessionStorage.setItem(key, first);
    } catch (e) {
      first = Math.max(position, Number(showProgress.first) || 0);
      showProgress.first = first;
    }
    if (bar) {
      bar.hidden = false;
      bar.value = (first - position) / first;
    }
  }

  function endProgress() {
    var bar = part('progress');
    if (bar) {
      bar.value = 1;
    }
    try {
      sessionStorage.removeItem('sluice-' + data.room);
    } catch (e) {
      // No storage: nothing to forget.
    }
  }

  function show(standing) {
    if (standing.holding) {
      enterState('holding');
      return;
    }
    if (standing.state !== 'QUEUED') {
      return;
    }
    var position = figures.format(standing.position), eta = etaText(standing.etaSeconds);
    var back = page.getAttribute('data-state') !== 'queued';
    enterState('queued');
    write('position', position);
    write('eta', eta);
    document.title = position + ' · ' + title;
    showProgress(standing.position);
    speak(data.texts['waiting.spoken'].replace('{position}', position).replace('{eta}', eta), back);
  }

  /** The address that was asked for: whoever is called enters there, whoever has lost the place joins anew. */
  function goOn() {
    leaving = true;
    location.reload();
  }

  function answered(standing) {
    failures = 0;
    if (standing.state === 'QUEUED' || standing.holding) {
      show(standing);
      pollIn(standing.pollAfterMs);
      return;
    }
    if (standing.state === 'READY' || standing.state === 'USED') {
      enterState('ready');
    }
    endProgress();
    goOn();
  }

  function failed() {
    failures += 1;
    enterState('offline');
    var backOff = Math.min(LONGEST_RETRY_MS, 1000 * Math.pow(2, failures));
    pollIn(backOff * (0.75 + Math.random() / 2));
  }

  function poll() {
    clearTimeout(timer);
    if (polling || leaving) {
      return;
    }
    if (!data.status) {
      goOn();
      return;
    }
    polling = true;
    lastPoll = Date.now();
    var abort = new AbortController();
    var timeout = setTimeout(function () { abort.abort(); }, POLL_TIMEOUT_MS);
    // Whoever has lost the session is redirected to a login, which only the page can go to, not its script.
    var request = {
      cache: 'no-store', redirect: 'manual', headers: {Accept: 'application/json'}, signal: abort.signal
    };
    fetch(data.status, request)
      .then(function (response) {
        // No ticket of this room any more, or not our answer at all: the page itself knows what comes next.
        var lost = response.type === 'opaqueredirect'
          || response.status >= 400 && response.status < 500 && response.status !== 429;
        return response.ok ? response.json() : lost ? {state: 'EXPIRED'} : Promise.reject(response.status);
      })
      .then(function (standing) {
        polling = false;
        answered(standing);
      }, function () {
        polling = false;
        failed();
      })
      .then(function () { clearTimeout(timeout); });
  }

  function pollIn(millis) {
    clearTimeout(timer);
    timer = setTimeout(poll, document.hidden ? Math.max(millis, data.hiddenPollMs) : millis);
  }

  /** Timers of a hidden or sleeping tab run late, so whoever looks again gets the truth at once. */
  function pollNow() {
    if (!document.hidden) {
      pollIn(Math.max(0, lastPoll + HOLD_OFF_MS - Date.now()));
    }
  }

  if (!navigator.cookieEnabled) {
    enterState('cookies');
    return;
  }
  if (!window.isSecureContext) {
    console.warn('Sluice: this page came by plain HTTP, and browsers keep the cookie of a place for HTTPS and for localhost'
      + ' alone. A visitor without another name loses the place with each page.');
  }
  document.addEventListener('visibilitychange', pollNow);
  window.addEventListener('online', pollNow);
  window.addEventListener('pageshow', function (event) {
    if (event.persisted) {
      leaving = false;
      lastPoll = 0;
      pollNow();
    }
  });
  // Without a ticket there is no place yet, so none that is safe.
  if (data.status) {
    show(data.standing);
  }
  pollIn(data.standing.pollAfterMs);
})();
