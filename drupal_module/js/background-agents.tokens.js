/**
 * @file
 * Puts a token of the list into the field that one was in last.
 */

((Drupal, once) => {
  let field = null;

  function put(token) {
    if (field === null || !field.isConnected) {
      Drupal.announce(Drupal.t('Go to a field first, then choose a token.'));
      return;
    }
    field.focus();
    field.setRangeText(token, field.selectionStart, field.selectionEnd, 'end');
    field.dispatchEvent(new Event('input', { bubbles: true }));
    Drupal.announce(Drupal.t('@token was put in.', { '@token': token }));
  }

  Drupal.behaviors.backgroundAgentsTokens = {
    attach(context) {
      once('ba-tokens', '[data-ba-token]', context).forEach((code) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'link';
        button.textContent = code.textContent;
        button.addEventListener('click', () => put(code.dataset.baToken));
        code.replaceChildren(button);
      });
      once('ba-token-fields', '.ba-tokens', context).forEach((list) => {
        list.parentElement.addEventListener('focusin', (event) => {
          if (event.target.matches('textarea, input[type="text"]')) {
            field = event.target;
          }
        });
      });
    },
  };
})(Drupal, once);
