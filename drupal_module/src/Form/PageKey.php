<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\Component\Utility\Crypt;
use Drupal\Core\Form\FormStateInterface;

/**
 * Names a page among all that show a form: two clicks on it are one request.
 *
 * The build id of a form is no such name: it is another one for each request.
 *
 * @internal
 */
final class PageKey {

  /**
   * The element, which a form has under the name "key".
   *
   * Not as #value: what was there when the page was made counts. Browsers must
   * not fill in the old one when somebody comes back.
   */
  public static function element(): array {
    return [
      '#type' => 'hidden',
      '#default_value' => Crypt::randomBytesBase64(16),
      '#attributes' => ['autocomplete' => 'off'],
    ];
  }

  /**
   * The name of the page that was sent.
   */
  public static function of(FormStateInterface $form_state): string {
    $key = $form_state->getValue('key');
    return is_string($key) && $key !== '' ? $key : Crypt::randomBytesBase64(16);
  }

}
