<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca\Plugin\Action;

use Drupal\Core\Action\Attribute\Action;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\eca\Attribute\EcaAction;

/**
 * Cancels a run.
 *
 * @internal
 */
#[Action(
  id: 'background_agents_cancel',
  label: new TranslatableMarkup('Background agent: cancel run'),
)]
#[EcaAction(
  description: new TranslatableMarkup('Ends a run. Its drafts stay until somebody decides about them. The account that the model acts as has to be allowed to manage the run.'),
  version_introduced: '1.0.0',
)]
class CancelRun extends CommandActionBase {

  /**
   * {@inheritdoc}
   */
  protected function decide(): void {
    $this->give('cancel');
  }

}
