<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Symfony\Component\DependencyInjection\Attribute\AutowireServiceClosure;

/**
 * Has editors told of agents' drafts in the forms in which they edit content.
 *
 * Each form of a site comes by here, the one to log in among them: what reads
 * drafts is made for forms of content alone.
 *
 * @internal
 */
final class EditFormHooks {

  public function __construct(
    #[AutowireServiceClosure(DraftWarningHooks::class)]
    private readonly \Closure $warnings,
  ) {}

  /**
   * Implements hook_form_alter().
   */
  #[Hook('form_alter')]
  public function formAlter(array &$form, FormStateInterface $formState): void {
    if (DraftWarningHooks::edited($formState) !== NULL) {
      ($this->warnings)()->formAlter($form, $formState);
    }
  }

}
