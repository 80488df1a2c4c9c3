/**
 * @file
 * Keeps the page of a run up to date while the run goes on.
 *
 * The server renders (and escapes) everything; this file asks for what is new
 * and puts it in its place. Without it the page is complete, only still.
 */
((Drupal, drupalSettings, once) => {
  const FAST = 1000;
  const SLOW = 5000;
  const SLOWEST = 30000;

  class LiveRun {
    constructor(root, settings) {
      this.root = root;
      this.url = settings.url;
      this.last = settings.last;
      this.group = settings.group;
      this.version = settings.version;
      this.timeline = root.querySelector('[data-ba-timeline]');
      this.header = root.querySelector('[data-ba-header]');
      this.progress = root.querySelector('[data-ba-progress]');
      this.status = root.querySelector('[data-ba-live-status]');
      this.announced = '';
      this.shown = null;
      this.delay = FAST;
      this.timer = null;
      this.busy = false;
      this.ended = false;
    }

    start() {
      document.addEventListener('visibilitychange', () => {
        if (document.hidden) {
          clearTimeout(this.timer);
        } else {
          this.delay = FAST;
          this.poll();
        }
      });
      this.say(Drupal.t('Live: this page goes on by itself.'));
      this.plan();
    }

    plan() {
      clearTimeout(this.timer);
      if (!this.ended && !document.hidden) {
        this.timer = setTimeout(() => this.poll(), this.delay);
      }
    }

    say(text) {
      if (this.status && this.status.textContent !== text) {
        this.status.textContent = text;
      }
    }

    async poll() {
      if (this.busy || this.ended) {
        return;
      }
      this.busy = true;
      try {
        const query = new URLSearchParams({
          after: this.last,
          group: this.group,
          version: this.version,
        });
        const response = await fetch(`${this.url}?${query}`, {
          headers: { Accept: 'application/json' },
          credentials: 'same-origin',
        });
        if (response.status === 403 || response.status === 404) {
          this.end(
            Drupal.t(
              'This run can no longer be shown. Reload the page to see why.',
            ),
          );
          return;
        }
        if (!response.ok) {
          throw new Error(String(response.status));
        }
        this.apply(await response.json());
      } catch (error) {
        this.delay = Math.min(this.delay * 2, SLOWEST);
        this.say(
          Drupal.t('The connection to the site is lost. Trying again …'),
        );
      } finally {
        this.busy = false;
        this.plan();
      }
    }

    apply(answer) {
      const news =
        answer.last > this.last || answer.version !== this.version;
      this.delay = news ? FAST : Math.min(this.delay * 1.3, SLOW);
      answer.groups.forEach((group) => this.putGroup(group));
      this.last = answer.last;
      this.group = answer.group;
      if (answer.version !== this.version) {
        this.version = answer.version;
        this.putHeader(answer.header);
      }
      if (this.progress && this.shown !== answer.progress) {
        this.shown = answer.progress;
        this.progress.innerHTML = answer.progress;
      }
      // A sentence is said once: polls that bring nothing new repeat it.
      if (news && answer.announce && answer.announce !== this.announced) {
        this.announced = answer.announce;
        Drupal.announce(answer.announce, 'polite');
      }
      if (answer.more) {
        this.delay = 0;
      }
      if (answer.live) {
        this.say(Drupal.t('Live: this page goes on by itself.'));
      } else if (!answer.more) {
        this.end(Drupal.t('This run has ended.'));
      }
    }

    end(text) {
      this.ended = true;
      clearTimeout(this.timer);
      this.say(text);
      this.root.classList.remove('ba-run--live');
    }

    /** Puts a group in its place, with what the reader had opened kept open. */
    putGroup(group) {
      const fresh = LiveRun.parse(group.html);
      const old = this.timeline.querySelector(
        `[data-ba-group="${CSS.escape(group.key)}"]`,
      );
      const follow = LiveRun.atTheEnd();
      if (!old) {
        this.timeline.append(fresh);
        this.root.querySelector('[data-ba-empty]')?.remove();
      } else {
        LiveRun.keepOpen(old, fresh);
        LiveRun.keepFocus(old, fresh, () => old.replaceWith(fresh));
      }
      Drupal.attachBehaviors(fresh, drupalSettings);
      if (follow) {
        window.scrollTo({ top: document.documentElement.scrollHeight });
      }
    }

    putHeader(html) {
      const fresh = LiveRun.parse(html);
      const old = this.header;
      LiveRun.keepOpen(old, fresh);
      LiveRun.keepValues(old, fresh);
      LiveRun.keepFocus(old, fresh, () => {
        Drupal.detachBehaviors(old, drupalSettings);
        old.replaceWith(fresh);
      });
      this.header = fresh;
      Drupal.attachBehaviors(fresh, drupalSettings);
    }

    static parse(html) {
      const template = document.createElement('template');
      template.innerHTML = html.trim();
      return template.content.firstElementChild;
    }

    static keepOpen(old, fresh) {
      old.querySelectorAll('[data-ba-details]').forEach((details) => {
        const twin = fresh.querySelector(
          `[data-ba-details="${CSS.escape(details.dataset.baDetails)}"]`,
        );
        if (twin) {
          twin.open = details.open;
        }
      });
    }

    /** Keeps what was typed and chosen, while the question is the same. */
    static keepValues(old, fresh) {
      const asked = (root) => root.querySelector('[name="asked"]')?.value;
      if (asked(old) !== asked(fresh)) {
        return;
      }
      old.querySelectorAll('.ba-decision [name]').forEach((field) => {
        const twin =
          field.type === 'radio'
            ? fresh.querySelector(
                `.ba-decision [name="${CSS.escape(field.name)}"][value="${CSS.escape(field.value)}"]`,
              )
            : fresh.querySelector(
                `.ba-decision [name="${CSS.escape(field.name)}"]`,
              );
        if (!twin || field.type === 'hidden' || field.type === 'submit') {
          return;
        }
        if (field.type === 'radio') {
          twin.checked = field.checked;
        } else {
          twin.value = field.value;
        }
      });
    }

    /** Replaces something without the keyboard losing its place. */
    static keepFocus(old, fresh, replace) {
      const active = document.activeElement;
      if (!active || !old.contains(active)) {
        replace();
        return;
      }
      const details = active.closest('[data-ba-details]');
      const selector = details
        ? `[data-ba-details="${CSS.escape(details.dataset.baDetails)}"] > ${active.tagName.toLowerCase()}`
        : active.name &&
          `[name="${CSS.escape(active.name)}"]${active.type === 'radio' ? `[value="${CSS.escape(active.value)}"]` : ''}`;
      replace();
      const target = selector && fresh.querySelector(selector);
      if (target) {
        if (
          typeof active.value === 'string' &&
          !['hidden', 'radio', 'submit'].includes(target.type)
        ) {
          target.value = active.value;
        }
        target.focus({ preventScroll: true });
      }
    }

    static atTheEnd() {
      const rest =
        document.documentElement.scrollHeight -
        window.innerHeight -
        window.scrollY;
      return window.scrollY > 0 && rest < 80;
    }
  }

  Drupal.behaviors.backgroundAgentsRun = {
    attach(context, settings) {
      once('background-agents-run', '[data-ba-run]', context).forEach(
        (root) => {
          if (settings.backgroundAgentsRun?.url) {
            new LiveRun(root, settings.backgroundAgentsRun).start();
          }
        },
      );
    },
  };
})(Drupal, drupalSettings, once);
