/**
 * @file
 * Keeps the status of a batch up to date while it goes on.
 *
 * The server renders (and escapes) everything; this file asks for what is new
 * and puts it in its place. Without it the page is complete, only still.
 */
((Drupal, drupalSettings, once) => {
  const FAST = 1500;
  const SLOWEST = 30000;

  class LiveBatch {
    constructor(root, settings) {
      this.root = root;
      this.url = settings.url;
      this.version = settings.version;
      this.delay = FAST;
      this.timer = null;
      this.busy = false;
      this.ended = false;
      this.said = null;
    }

    start() {
      document.addEventListener('visibilitychange', () => {
        if (document.hidden) {
          clearTimeout(this.timer);
        } else {
          this.poll();
        }
      });
      this.plan();
    }

    plan() {
      clearTimeout(this.timer);
      if (!this.ended && !document.hidden) {
        this.timer = setTimeout(() => this.poll(), this.delay);
      }
    }

    async poll() {
      if (this.busy || this.ended) {
        return;
      }
      this.busy = true;
      try {
        const query = new URLSearchParams({ version: this.version });
        const response = await fetch(`${this.url}?${query}`, {
          headers: { Accept: 'application/json' },
          credentials: 'same-origin',
        });
        if (response.status === 403 || response.status === 404) {
          this.ended = true;
          return;
        }
        if (!response.ok) {
          throw new Error(String(response.status));
        }
        this.apply(await response.json());
        this.delay = FAST;
      } catch (error) {
        this.delay = Math.min(this.delay * 2, SLOWEST);
      } finally {
        this.busy = false;
        this.plan();
      }
    }

    apply(answer) {
      this.version = answer.version;
      this.ended = !answer.live;
      if (answer.html) {
        this.put(answer.html);
      }
      // A screen reader is told little: each tenth, and when the state changes.
      const step = `${answer.state} ${answer.tenth}`;
      if (this.said !== null && this.said !== step) {
        Drupal.announce(answer.sentence, 'polite');
      }
      this.said = step;
    }

    /** Replaces the status without the keyboard losing its place. */
    put(html) {
      const template = document.createElement('template');
      template.innerHTML = html.trim();
      const fresh = template.content.firstElementChild;
      const old = this.root.querySelector('[data-ba-batch-status]');
      const active = old.contains(document.activeElement)
        ? document.activeElement
        : null;
      const href = active?.getAttribute('href');
      old.replaceWith(fresh);
      if (href) {
        const twin = fresh.querySelector(`a[href="${CSS.escape(href)}"]`);
        (twin || fresh.querySelector('a[href]'))?.focus({
          preventScroll: true,
        });
      }
      Drupal.attachBehaviors(fresh, drupalSettings);
    }
  }

  Drupal.behaviors.backgroundAgentsBatch = {
    attach(context, settings) {
      once('background-agents-batch', '[data-ba-batch]', context).forEach(
        (root) => {
          if (settings.backgroundAgentsBatch?.url) {
            new LiveBatch(root, settings.backgroundAgentsBatch).start();
          }
        },
      );
    },
  };
})(Drupal, drupalSettings, once);
