/**
 * @file
 * Sets the width of previews, and copies preview links.
 *
 * Without it previews are as wide as there is room, and an address is copied
 * by hand.
 */

((Drupal, once) => {
  /** Fits the frames into the room that they have. */
  const fit = (frames, width) => {
    frames.forEach((frame) => {
      const room = frame.clientWidth;
      const scale = Math.min(1, room / width);
      frame.style.setProperty('--ba-frame-width', `${width}px`);
      frame.style.setProperty('--ba-frame-scale', String(scale || 1));
      frame.classList.toggle('is-narrow', room > width);
    });
  };

  Drupal.behaviors.backgroundAgentsPreviews = {
    attach(context) {
      once('ba-previews', '[data-ba-previews]', context).forEach((previews) => {
        const buttons = [...previews.querySelectorAll('[data-ba-width]')];
        const frames = [...previews.querySelectorAll('.ba-previews__frame')];
        if (frames.length === 0) {
          return;
        }
        let width = window.matchMedia('(max-width: 48em)').matches ? 390 : 1280;
        const show = () => {
          buttons.forEach((button) => button.setAttribute('aria-pressed', String(Number(button.dataset.baWidth) === width)));
          fit(frames, width);
        };
        buttons.forEach((button) => {
          button.addEventListener('click', () => {
            width = Number(button.dataset.baWidth);
            show();
          });
        });
        previews.querySelector('.ba-previews__widths').hidden = false;
        new ResizeObserver(() => fit(frames, width)).observe(previews);
        show();
      });
    },
  };

  Drupal.behaviors.backgroundAgentsPreviewLink = {
    attach(context) {
      once('ba-copy', '[data-ba-copy]', context).forEach((field) => {
        field.addEventListener('focus', () => field.select());
        field.focus();
        const tell = (sentence) => Drupal.announce(sentence);
        if (!navigator.clipboard) {
          tell(Drupal.t('The address of the preview is selected: copy it.'));
          return;
        }
        navigator.clipboard.writeText(field.value).then(
          () => {
            field.closest('[data-ba-copied]').querySelector('[data-ba-copied-text]').hidden = false;
            tell(Drupal.t('The preview link is copied.'));
          },
          () => tell(Drupal.t('The address of the preview is selected: copy it.')),
        );
      });
    },
  };
})(Drupal, once);
