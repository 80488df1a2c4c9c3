/**
 * @file
 * Shows the field that a browser, or the site, does not accept.
 *
 * A browser sends nothing while a required field is empty, and says nothing
 * when that field is on a hidden tab: the button would seem to be dead.
 */

((Drupal, once) => {
  /**
   * Opens all that hides an element: vertical tabs, or plain details on phones.
   */
  function reveal(element) {
    for (let box = element.closest('details'); box; box = box.parentElement.closest('details')) {
      const tab = box.id && element.form.querySelector(`a[href="#${CSS.escape(box.id)}"]`);
      if (tab) {
        tab.click();
      }
      box.open = true;
    }
  }

  function attach(form) {
    let pressed = null;
    let told = false;
    form.addEventListener('click', (event) => {
      pressed = event.target.closest('[type="submit"]') ?? pressed;
      told = false;
    });
    form.addEventListener(
      'invalid',
      (event) => {
        // The first one is shown: the browser puts its words beside it.
        if (told) {
          return;
        }
        told = true;
        reveal(event.target);
        if (event.target.getClientRects().length === 0) {
          // It cannot be shown, for another choice hides it: the site says it.
          form.noValidate = true;
          queueMicrotask(() => form.requestSubmit(pressed));
        }
      },
      true,
    );
    const refused = form.querySelector('[aria-invalid="true"]');
    if (refused?.form) {
      reveal(refused);
    }
  }

  Drupal.behaviors.backgroundAgentsForm = {
    attach(context) {
      // After the tabs were made: their behavior runs in the same round.
      once('background-agents-form', 'form', context).forEach((form) => setTimeout(() => attach(form)));
    },
  };
})(Drupal, once);
