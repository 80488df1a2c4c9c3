/**
 * @file
 * The bar of decisions: a link opens the folded section that it leads to.
 */

((Drupal, once) => {
  function open(event) {
    const field = document.getElementById(event.currentTarget.hash.slice(1));
    if (!field) {
      return;
    }
    event.preventDefault();
    for (let box = field.closest('details'); box; box = box.parentElement.closest('details')) {
      box.open = true;
    }
    field.focus();
    field.scrollIntoView({ block: 'center' });
  }

  Drupal.behaviors.backgroundAgentsReview = {
    attach(context) {
      once('background-agents-opener', '.ba-review__opener', context).forEach((link) => link.addEventListener('click', open));
    },
  };
})(Drupal, once);
