/**
 * @file
 * Asks what an agent can do whenever a row of its table changes, and shows the
 * fields of its input and output as they are chosen to be described.
 */

((Drupal, once) => {
  Drupal.behaviors.backgroundAgentsAgentForm = {
    attach(context) {
      once('ba-check', '.ba-check', context).forEach((button) => {
        const part = button.closest('details') || button.form;
        const check = Drupal.debounce(() => {
          if (button.disabled) {
            // It is being asked already: ask again with what is new.
            check();
            return;
          }
          // Drupal's buttons listen to the mouse, not to clicks.
          button.dispatchEvent(new MouseEvent('mousedown', { bubbles: true }));
        }, 300);
        part.addEventListener('change', (event) => {
          if (!event.target.closest('.ba-preflight')) {
            check();
          }
        });
      });
    },
  };

  Drupal.behaviors.backgroundAgentsSchema = {
    attach(context) {
      once('ba-schema', '.ba-schema', context).forEach((part) => {
        const button = part.querySelector('.ba-schema-switch');
        const show = Drupal.debounce(() => {
          if (button.disabled) {
            // It is being shown already: ask again with what is chosen now.
            show();
            return;
          }
          button.dispatchEvent(new MouseEvent('mousedown', { bubbles: true }));
        }, 300);
        part.addEventListener('change', (event) => {
          if (event.target.name.endsWith('[mode]')) {
            show();
          }
        });
      });
    },
  };
})(Drupal, once);
